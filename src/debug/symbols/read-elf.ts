import { UserError } from "../../base/index.ts";
import type { FileParts } from "./file-parts.ts";
import type { KernelSymbol } from "./table.ts";

/** Where the fields that are read stand in a class of ELF files, little-endian (System V ABI, chapter 4). */
interface Layout {
  readonly header: { readonly bytes: number; readonly sectionsAt: number; readonly sectionBytes: number };
  readonly section: {
    readonly bytes: number;
    readonly flags: number;
    readonly offset: number;
    readonly size: number;
    readonly link: number;
  };
  readonly symbol: { readonly bytes: number; readonly info: number; readonly section: number; readonly value: number };
  /** An address, an offset, a size. */
  word(view: DataView, at: number): bigint;
}

/** By the class that the header names. */
const layouts: Readonly<Record<number, Layout>> = {
  1: {
    header: { bytes: 52, sectionsAt: 32, sectionBytes: 46 },
    section: { bytes: 40, flags: 8, offset: 16, size: 20, link: 24 },
    symbol: { bytes: 16, info: 12, section: 14, value: 4 },
    word: (view, at) => BigInt(view.getUint32(at, true)),
  },
  2: {
    header: { bytes: 64, sectionsAt: 40, sectionBytes: 58 },
    section: { bytes: 64, flags: 8, offset: 24, size: 32, link: 40 },
    symbol: { bytes: 24, info: 4, section: 6, value: 8 },
    word: (view, at) => view.getBigUint64(at, true),
  },
};
const LONGEST_HEADER = 64;
const CLASS = 4;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHF_WRITE = 1;
const SHF_EXEC = 4;
const MOST_SECTIONS = 65_536;
const MOST_BYTES = 256 << 20;
const STT = { notype: 0, object: 1, func: 2 } as const;

interface Section {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/**
 * The symbols of an ELF file's .symtab. Undefined for what is no ELF file, or has none. The file may be anything: all that is
 * read is bounded. Rejects with a UserError when it contradicts itself.
 */
export async function readElfSymbols(file: FileParts): Promise<KernelSymbol[] | undefined> {
  const header = await file.read(0, Math.min(LONGEST_HEADER, file.size));
  const elf = [0x7f, 0x45, 0x4c, 0x46].every((byte, at) => header[at] === byte);
  const layout = layouts[header[CLASS] ?? 0];
  const littleEndian = header[CLASS + 1] === 1;
  if (!elf || !layout || !littleEndian || header.length < layout.header.bytes) return undefined;
  const sections = await readSections(file, layout, new DataView(header.buffer));
  const symtab = sections.find(({ type }) => type === SHT_SYMTAB);
  if (!symtab) return undefined;
  const strtab = sections[symtab.link];
  if (strtab?.type !== SHT_STRTAB) throw damaged(file);
  const [symbols, strings] = [await part(file, symtab), await part(file, strtab)];
  const view = new DataView(symbols.buffer);
  const result: KernelSymbol[] = [];
  const { symbol } = layout;
  // The first one is none.
  for (let at = symbol.bytes; at + symbol.bytes <= symbols.length; at += symbol.bytes) {
    const info = view.getUint8(at + symbol.info);
    const kind = info & 15;
    // Not defined here, or no address, for what is no section.
    const section = sections[view.getUint16(at + symbol.section, true)];
    if (kind > STT.func || !section || section === sections[0]) continue;
    const name = nameAt(strings, view.getUint32(at, true));
    if (name === "" || name.startsWith("$") || name.startsWith(".L")) continue;
    const letter = letterOf(kind, section.flags);
    const type = info >> 4 === 0 ? letter.toLowerCase() : letter;
    result.push({ name, address: layout.word(view, at + symbol.value), type });
  }
  return result;
}

async function readSections(file: FileParts, layout: Layout, header: DataView): Promise<Section[]> {
  const { section, word } = layout;
  const offset = Number(word(header, layout.header.sectionsAt));
  const count = header.getUint16(layout.header.sectionBytes + 2, true);
  if (count === 0 || count > MOST_SECTIONS) return [];
  const sectionBytes = header.getUint16(layout.header.sectionBytes, true);
  if (sectionBytes !== section.bytes || offset + count * section.bytes > file.size) throw damaged(file);
  const bytes = await file.read(offset, offset + count * section.bytes);
  if (bytes.length !== count * section.bytes) throw damaged(file);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: count }, (_, index) => {
    const at = index * section.bytes;
    return {
      type: view.getUint32(at + 4, true),
      flags: Number(word(view, at + section.flags)),
      offset: Number(word(view, at + section.offset)),
      size: Number(word(view, at + section.size)),
      link: view.getUint32(at + section.link, true),
    };
  });
}

async function part(file: FileParts, { offset, size }: Section): Promise<Uint8Array<ArrayBuffer>> {
  if (size > MOST_BYTES || offset + size > file.size) throw damaged(file);
  const bytes = await file.read(offset, offset + size);
  if (bytes.length !== size) throw damaged(file);
  return bytes;
}

const decoder = new TextDecoder();

/** Empty where it does not end. */
function nameAt(strings: Uint8Array, start: number): string {
  const end = strings.indexOf(0, start);
  return end <= start ? "" : decoder.decode(strings.subarray(start, end));
}

/** nm's letter. */
function letterOf(kind: number, flags: number): string {
  if (kind === STT.func || flags & SHF_EXEC) return "T";
  return flags & SHF_WRITE ? "D" : "R";
}

function damaged({ name }: FileParts): UserError {
  return new UserError(`${name} is a damaged ELF file`);
}
