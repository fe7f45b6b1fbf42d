import { UserError } from "../../base/index.ts";
import type { FileParts } from "./file-parts.ts";
import type { KernelSymbol } from "./table.ts";

/** ELF64, little-endian (System V ABI, chapter 4). */
const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
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
  const header = await file.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || ![0x7f, 0x45, 0x4c, 0x46, 2, 1].every((byte, at) => header[at] === byte))
    return undefined;
  const sections = await readSections(file, new DataView(header.buffer));
  const symtab = sections.find(({ type }) => type === SHT_SYMTAB);
  if (!symtab) return undefined;
  const strtab = sections[symtab.link];
  if (strtab?.type !== SHT_STRTAB) throw damaged(file);
  const [symbols, strings] = [await part(file, symtab), await part(file, strtab)];
  const view = new DataView(symbols.buffer);
  const result: KernelSymbol[] = [];
  // The first one is none.
  for (let at = SYMBOL_BYTES; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    const info = view.getUint8(at + 4);
    const kind = info & 15;
    // Not defined here, or no address, for what is no section.
    const section = sections[view.getUint16(at + 6, true)];
    if (kind > STT.func || !section || section === sections[0]) continue;
    const name = nameAt(strings, view.getUint32(at, true));
    if (name === "" || name.startsWith("$") || name.startsWith(".L")) continue;
    const letter = letterOf(kind, section.flags);
    const type = info >> 4 === 0 ? letter.toLowerCase() : letter;
    result.push({ name, address: view.getBigUint64(at + 8, true), type });
  }
  return result;
}

async function readSections(file: FileParts, header: DataView): Promise<Section[]> {
  const offset = Number(header.getBigUint64(40, true));
  const count = header.getUint16(60, true);
  if (count === 0 || count > MOST_SECTIONS) return [];
  if (header.getUint16(58, true) !== SECTION_BYTES || offset + count * SECTION_BYTES > file.size) throw damaged(file);
  const bytes = await file.read(offset, offset + count * SECTION_BYTES);
  if (bytes.length !== count * SECTION_BYTES) throw damaged(file);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: count }, (_, index) => {
    const at = index * SECTION_BYTES;
    return {
      type: view.getUint32(at + 4, true),
      flags: Number(view.getBigUint64(at + 8, true)),
      offset: Number(view.getBigUint64(at + 24, true)),
      size: Number(view.getBigUint64(at + 32, true)),
      link: view.getUint32(at + 40, true),
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
