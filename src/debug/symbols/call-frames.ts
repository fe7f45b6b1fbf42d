import { ByteWriter } from "../../base/index.ts";
import type { FrameRow, GuestDebug } from "../../machine/index.ts";
import type { SymbolTable } from "./table.ts";

/** DWARF 5, 6.4: instructions of a call frame table, and the mark of an entry that others share. */
const CFA = {
  nop: 0,
  advance1: 2,
  advance2: 3,
  advance4: 4,
  undefined: 7,
  define: 0x0c,
  offsetSigned: 0x11,
  defineSigned: 0x12,
};
const ADVANCE = 0x40;
const OFFSET = 0x80;
const RESTORE = 0xc0;
const SHARED = 0xffff_ffff;
const DATA_ALIGN = -8;
const ENTRY_ALIGN = 8;
/** What no function of a kernel is longer than; a symbol may be followed by nothing for long. */
const LONGEST_FUNCTION = 1 << 18;

/**
 * A .debug_frame section for the functions of a table, from their own instructions: gdb's own look at a function's
 * beginning gives up at what the kernel's functions begin with. `read`: the kernel's code; where it cannot be read, functions
 * are taken to have a frame record. undefined where the guest's code cannot be read that way.
 */
export function callFrameSection(
  table: SymbolTable,
  debug: GuestDebug,
  read: (address: bigint, length: number) => Uint8Array | undefined,
): Uint8Array<ArrayBuffer> | undefined {
  const { callFrames } = debug;
  if (!callFrames) return undefined;
  const section = new ByteWriter();
  const shared = [false, true].map((interrupts) => {
    const start = section.length;
    writeShared(section, callFrames.returnAddress, callFrames.entry, debug.instructionBytes.shortest, interrupts);
    return start;
  });
  for (const { address, length } of functions(table)) {
    const code = read(address, length);
    const { rows, interrupts } = code ? callFrames.of(code) : { rows: [callFrames.record], interrupts: false };
    const body = new ByteWriter();
    writeRows(body, [callFrames.entry, ...rows], callFrames.returnAddress, debug.instructionBytes.shortest);
    const entry = new ByteWriter()
      .u32(shared[interrupts ? 1 : 0]!)
      .u64(address)
      .u64(BigInt(length));
    writeEntry(section, entry.raw(body.finish()));
  }
  return section.finish();
}

/** Code, by address: as far as the next symbol. */
function* functions(table: SymbolTable): Iterable<{ address: bigint; length: number }> {
  for (let i = 0; i + 1 < table.size; i++) {
    const { address, type } = table.symbol(i);
    const next = table.symbol(i + 1).address;
    if (!/[tw]/i.test(type) || table.isEnd(i) || next === address) continue;
    yield { address, length: Math.min(Number(next - address), LONGEST_FUNCTION) };
  }
}

function writeShared(
  to: ByteWriter,
  returnAddress: number,
  entry: FrameRow,
  codeAlign: number,
  interrupts: boolean,
): void {
  const shared = new ByteWriter().u32(SHARED).u8(1);
  if (interrupts) shared.u8("S".charCodeAt(0));
  shared.u8(0);
  unsigned(shared, codeAlign);
  signed(shared, DATA_ALIGN);
  shared.u8(returnAddress).u8(CFA.define);
  unsigned(shared, entry.cfa.register);
  unsigned(shared, entry.cfa.offset);
  writeEntry(to, shared);
}

function writeEntry(to: ByteWriter, entry: ByteWriter): void {
  while ((entry.length + 4) % ENTRY_ALIGN !== 0) entry.u8(CFA.nop);
  to.u32(entry.length).raw(entry.finish());
}

/** The first row is what the shared entry says. */
function writeRows(
  to: ByteWriter,
  [first, ...rows]: readonly FrameRow[],
  returnAddress: number,
  codeAlign: number,
): void {
  let last = first!;
  for (const row of rows) {
    advance(to, (row.offset - last.offset) / codeAlign);
    if (row.cfa.register !== last.cfa.register || row.cfa.offset !== last.cfa.offset) {
      to.u8(row.cfa.offset < 0 ? CFA.defineSigned : CFA.define);
      unsigned(to, row.cfa.register);
      if (row.cfa.offset < 0) signed(to, row.cfa.offset / DATA_ALIGN);
      else unsigned(to, row.cfa.offset);
    }
    const before = new Map(last.saved.map(({ register, offset }) => [register, offset]));
    if (last.outermost) before.set(returnAddress, NaN);
    for (const { register, offset } of row.saved) {
      if (before.get(register) !== offset) saved(to, register, offset / DATA_ALIGN);
      before.delete(register);
    }
    for (const register of before.keys()) to.u8(RESTORE | register);
    if (row.outermost) unsigned(to.u8(CFA.undefined), returnAddress);
    last = row;
  }
}

function advance(to: ByteWriter, units: number): void {
  if (units === 0) return;
  if (units < 0x40) to.u8(ADVANCE | units);
  else if (units < 0x100) to.u8(CFA.advance1).u8(units);
  else if (units < 0x1_0000) to.u8(CFA.advance2).u16(units);
  else to.u8(CFA.advance4).u32(units);
}

function saved(to: ByteWriter, register: number, factored: number): void {
  if (factored >= 0) {
    to.u8(OFFSET | register);
    return unsigned(to, factored);
  }
  to.u8(CFA.offsetSigned);
  unsigned(to, register);
  signed(to, factored);
}

/** LEB128. */
function unsigned(to: ByteWriter, value: number): void {
  for (; value >= 0x80; value = Math.floor(value / 0x80)) to.u8((value % 0x80) | 0x80);
  to.u8(value);
}

function signed(to: ByteWriter, value: number): void {
  for (; value < -0x40 || value >= 0x40; value >>= 7) to.u8((value & 0x7f) | 0x80);
  to.u8(value & 0x7f);
}
