import { ByteWriter, UserError } from "../../base/index.ts";
import type { LinuxFormat } from "../../machine/index.ts";
import type { SymbolTable } from "./table.ts";

/** By the class of the file: ELF32 and ELF64. */
const BYTES = {
  32: { class: 1, header: 52, section: 40, symbol: 16 },
  64: { class: 2, header: 64, section: 64, symbol: 24 },
} as const;
const SHT = { null: 0, progbits: 1, symtab: 2, strtab: 3, nobits: 8 } as const;
const ALLOC_EXEC = 6;

/** ELF strings: each once, the empty one first. */
class Strings {
  readonly bytes = new ByteWriter().u8(0);
  private readonly offsets = new Map<string, number>([["", 0]]);

  add(text: string): number {
    const known = this.offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.bytes.length;
    this.bytes.raw(new TextEncoder().encode(text)).u8(0);
    this.offsets.set(text, offset);
    return offset;
  }
}

/**
 * A file that gdb's `symbol-file` loads: ELF (System V ABI, chapter 4) with a .symtab, and a .text without
 * content that spans the symbols, because gdb believes only symbols that lie in a section. `callFrames`: its .debug_frame.
 */
export function writeSymbolFile(
  table: SymbolTable,
  format: LinuxFormat | undefined,
  callFrames = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  if (!format || table.size === 0) throw new UserError("there are no symbols to write for this machine");
  const bytes = BYTES[format.bits];
  /** An address, an offset, a size. */
  const word = (to: ByteWriter, value: bigint): ByteWriter =>
    format.bits === 64 ? to.u64(value) : to.u32(Number(BigInt.asUintN(32, value)));
  const strings = new Strings();
  const symbols = new ByteWriter().raw(new Uint8Array(bytes.symbol));
  let locals = 1;
  // Local symbols come first.
  for (const global of [false, true]) {
    for (let i = 0; i < table.size; i++) {
      const { name, type } = table.symbol(i);
      if (isGlobal(type) !== global) continue;
      const binding = global ? (/w/i.test(type) ? 2 : 1) : 0;
      const kind = /[tw]/i.test(type) ? 2 : 1;
      if (!global) locals++;
      symbols.u32(strings.add(name));
      const place = (): void => void word(word(symbols, table.symbol(i).address), sizeOf(table, i));
      if (format.bits === 32) place();
      symbols
        .u8((binding << 4) | kind)
        .u8(0)
        .u16(1);
      if (format.bits === 64) place();
    }
  }

  const first = table.symbol(0).address;
  const last = table.symbol(table.size - 1).address;
  const sectionNames = new Strings();
  const body = new ByteWriter();
  const place = (content: Uint8Array) => {
    while ((bytes.header + body.length) % 8 !== 0) body.u8(0);
    const offset = bytes.header + body.length;
    body.raw(content);
    return { offset, size: content.length };
  };
  const symtab = place(symbols.finish());
  const strtab = place(strings.bytes.finish());
  const frames = place(callFrames);
  const sections = new ByteWriter();
  const section = (
    name: string,
    type: number,
    at: { offset: number; size: number | bigint },
    { flags = 0, address = 0n, link = 0, info = 0, align = 1, entry = 0 } = {},
  ) => {
    sections.u32(sectionNames.add(name)).u32(type);
    for (const value of [flags, address, at.offset, at.size]) word(sections, BigInt(value));
    sections.u32(link).u32(info);
    for (const value of [align, entry]) word(sections, BigInt(value));
  };
  section("", SHT.null, { offset: 0, size: 0 }, { align: 0 });
  const text = { offset: bytes.header, size: last - first + 0x1000n };
  section(".text", SHT.nobits, text, { flags: ALLOC_EXEC, address: first, align: 8 });
  section(".symtab", SHT.symtab, symtab, { link: 3, info: locals, align: 8, entry: bytes.symbol });
  section(".strtab", SHT.strtab, strtab);
  section(".debug_frame", SHT.progbits, frames, { align: 8 });
  sectionNames.add(".shstrtab");
  const shstrtab = place(sectionNames.bytes.finish());
  section(".shstrtab", SHT.strtab, shstrtab);
  const sectionsAt = place(sections.finish()).offset;

  // gdb's backtraces end in the function that has the entry, and functions that its user calls return there: to what fills
  // up the last page of code, which is executable and of no function.
  const end = table.find("_etext");
  const entry = end === undefined ? 0n : end - 8n;
  const header = new ByteWriter();
  header.raw(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, bytes.class, 1, 1, 0)).u64(0n);
  header.u16(2).u16(format.elfMachine).u32(1);
  for (const value of [entry, 0n, BigInt(sectionsAt)]) word(header, value);
  header.u32(0).u16(bytes.header).u16(0).u16(0).u16(bytes.section).u16(6).u16(5);
  return header.raw(body.finish()).finish();
}

function isGlobal(type: string): boolean {
  return type === type.toUpperCase() || type === "w" || type === "v";
}

/** Up to the next symbol elsewhere. gdb takes 0 for as far as that. */
function sizeOf(table: SymbolTable, index: number): bigint {
  if (table.isEnd(index)) return 1n;
  const { address } = table.symbol(index);
  for (let next = index + 1; next < table.size; next++) {
    const size = table.symbol(next).address - address;
    if (size > 0n) return size;
  }
  return 0n;
}
