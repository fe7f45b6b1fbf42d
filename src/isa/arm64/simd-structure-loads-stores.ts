import type { AccessBits, Insn, Operand, Value } from "../index.ts";
import { byteVector, gather, keep, lanes, replaceLane, select, type Size, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { fill, following } from "./simd-vector.ts";
import { state } from "./state.ts";

/** Advanced SIMD load/store multiple and single structures (C4.1.4). */

/** Adds rm, or the bytes transferred when rm is 31, to the base. */
function writeBack(e: A64, rn: Operand, rm: Operand, base: Value, bytes: number): void {
  const fixed = e.eq(32, e.imm(32, rm), e.i32(31));
  e.setGprOrSp(64, rn, e.add(64, base, e.select(fixed, e.i64(bytes), e.gpr(64, rm))));
}

/** `bytes` (8 to 64) of memory, made of elements of a size, 16 per value, the last one zero above. */
function loadBytes(e: A64, size: Size, address: Value, bytes: number): Value[] {
  const unit = (8 << size) as AccessBits;
  const chunks: Value[] = [];
  for (let at = 0; at < bytes; at += 16) {
    const here = e.add(64, address, e.i64(at));
    const half = bytes - at === 8;
    const value = e.load(half ? 64 : 128, here, { unit });
    chunks.push(half ? replaceLane(e, 3, zero(e), 0, value) : value);
  }
  return chunks;
}

function storeBytes(e: A64, size: Size, address: Value, bytes: number, chunk: (index: number) => Value): void {
  const unit = (8 << size) as AccessBits;
  for (let at = 0; at < bytes; at += 16) {
    const here = e.add(64, address, e.i64(at));
    const value = chunk(at / 16);
    if (bytes - at === 8) e.store(64, here, e.op("i64x2.extract_lane", value, 0), { unit });
    else e.store(128, here, value, { unit });
  }
}

/** Registers in the list, and how many of them make one structure, by opcode. */
const LISTS = new Map([
  [0b0000, { registers: 4, structure: 4 }],
  [0b0010, { registers: 4, structure: 1 }],
  [0b0100, { registers: 3, structure: 3 }],
  [0b0110, { registers: 3, structure: 1 }],
  [0b0111, { registers: 1, structure: 1 }],
  [0b1000, { registers: 2, structure: 2 }],
  [0b1010, { registers: 2, structure: 1 }],
]);

interface Multiple {
  readonly Q: number;
  readonly L: number;
  readonly opcode: number;
  readonly size: number;
}

function transferMultiple(e: A64, { Q, L, opcode, size }: Multiple, base: Value, rt: Operand): number {
  const { registers, structure } = LISTS.get(opcode)!;
  const each = Q ? 16 : 8;
  const bytes = registers * each;
  /** Where in memory byte i of register r lies. */
  const place = (r: number, i: number): number => {
    if (structure === 1) return r * each + i;
    const element = i >> size;
    return ((element * structure + r) << size) + (i & ((1 << size) - 1));
  };
  if (L) {
    const memory = loadBytes(e, size, base, bytes);
    for (let r = 0; r < registers; r++) {
      const value = gather(e, memory, (i) => (i < each ? place(r, i) : -1));
      e.write(state.v, value, following(e, rt, r));
    }
  } else {
    const sources = Array.from({ length: registers }, (_, r) => e.read(state.v, following(e, rt, r)));
    const from = new Array<number>(bytes);
    for (let r = 0; r < registers; r++) for (let i = 0; i < each; i++) from[place(r, i)] = 16 * r + i;
    storeBytes(e, size, base, bytes, (chunk) => gather(e, sources, (i) => from[16 * chunk + i] ?? -1));
  }
  return bytes;
}

const isSingle = (opcode: number): boolean => LISTS.get(opcode)?.structure === 1;
const interleaved = ({ Q, opcode, size }: Multiple): boolean =>
  LISTS.has(opcode) && !isSingle(opcode) && (size !== 3 || Q === 1);

function multipleAsm(f: Multiple & { rn: number; rt: number }, rm?: number): string {
  const { registers, structure } = LISTS.get(f.opcode)!;
  const list = asm.vectorList(f.rt, registers, asm.arrangement(f.size, f.Q));
  return asm.line(`${f.L ? "ld" : "st"}${structure}`, list, ...post(f.rn, rm, registers * (f.Q ? 16 : 8)));
}

function post(rn: number, rm: number | undefined, bytes: number): string[] {
  if (rm === undefined) return [asm.memory(rn)];
  return rm === 31 ? [asm.memory(rn, bytes, "post")] : [asm.memory(rn), asm.x(rm)];
}

/** Elements per structure of the single-structure forms: R and opcode<0>. */
const selem = ({ R, n }: { readonly R: number; readonly n: number }): number => ((n << 1) | R) + 1;

/** Byte i's lane number, for lanes of a size. */
const laneNumbers = (e: A64, size: Size): Value => byteVector(e, (i) => i >> size);

function transferSingle(e: A64, size: Size, L: number, count: number, base: Value, rt: Operand, index: Value): void {
  const bits = (8 << size) as AccessBits;
  const at = (r: number): Value => e.add(64, base, e.i64(r << size));
  const name = size === 3 ? "i64x2" : "i32x4";
  if (L) {
    const elements = Array.from({ length: count }, (_, r) => e.load(bits, at(r)));
    const mask = e.op("i8x16.eq", laneNumbers(e, size), e.op("i8x16.splat", index));
    elements.forEach((element, r) => {
      const number = following(e, rt, r);
      e.write(state.v, select(e, mask, lanes(e, size, "splat", element), e.read(state.v, number)), number);
    });
    return;
  }
  const first = e.op("i8x16.splat", e.shl(32, index, size));
  const bytes = e.op(
    "i8x16.add",
    first,
    byteVector(e, (i) => i),
  );
  for (let r = 0; r < count; r++) {
    const moved = e.op("i8x16.swizzle", e.read(state.v, following(e, rt, r)), bytes);
    e.store(bits, at(r), e.op(`${name}.extract_lane`, moved, 0));
  }
}

/** Q, S and size give the lane: `Q:S:size` above the bits that the element size itself takes. */
const LANES = [
  { opcode: "00", low: "S:1 size:2", index: (f: Bits) => (f.Q << 3) | (f.S << 2) | f.size },
  { opcode: "01", low: "S:1 size:1 0", index: (f: Bits) => (f.Q << 2) | (f.S << 1) | f.size },
  { opcode: "10", low: "S:1 00", index: (f: Bits) => (f.Q << 1) | f.S },
  { opcode: "10", low: "0 01", index: (f: Bits) => f.Q },
] as const;
/** The fields of the single-structure patterns; some rows have fewer. */
type Bits = Readonly<Record<"Q" | "S" | "size" | "L" | "R" | "n" | "rn" | "rt", number>>;

function laneIndex(e: A64, size: Size, f: Readonly<Record<string, unknown>>): Value {
  const field = (name: string): Value => e.imm(32, f[name] as Operand);
  if (size === 3) return field("Q");
  const qs = e.or(32, e.shl(32, field("Q"), 1), field("S"));
  return size === 2 ? qs : e.or(32, e.shl(32, qs, 2 - size), field("size"));
}

function singleAsm(size: Size, index: number, f: Bits, rm?: number): string {
  const count = selem(f);
  const list = `${asm.vectorList(f.rt, count, "bhsd"[size]!)}[${index}]`;
  return asm.line(`${f.L ? "ld" : "st"}${count}`, list, ...post(f.rn, rm, count << size));
}

function replicate(e: A64, Q: number, size: Size, count: number, base: Value, rt: Operand): void {
  const elements = Array.from({ length: count }, (_, r) =>
    e.load((8 << size) as AccessBits, e.add(64, base, e.i64(r << size))),
  );
  elements.forEach((element, r) => {
    e.write(state.v, keep(e, Q ? 128 : 64, lanes(e, size, "splat", element)), following(e, rt, r));
  });
}

function replicateAsm(f: Bits, rm?: number): string {
  const count = selem(f);
  const list = asm.vectorList(f.rt, count, asm.arrangement(f.size, f.Q));
  return asm.line(`ld${count}r`, list, ...post(f.rn, rm, count << f.size));
}

const singleRows = LANES.flatMap(({ opcode, low, index }, size) => [
  insn(
    "LD1 to LD4, ST1 to ST4 (single structure)",
    fill(`0 Q:1 001101 0 L:1 R:1 00000 opcode n:1 ${low} rn:5 rt:5`, { opcode }),
    ["L", "R", "n"],
    (e, f) => {
      e.checkFp();
      transferSingle(e, size, f.L, selem(f), e.gprOrSp(64, f.rn), f.rt, laneIndex(e, size, f));
    },
    { asm: (f) => singleAsm(size, index(f as unknown as Bits), f as unknown as Bits) },
  ),
  insn(
    "LD1 to LD4, ST1 to ST4 (single structure, post-indexed)",
    fill(`0 Q:1 001101 1 L:1 R:1 rm:5 opcode n:1 ${low} rn:5 rt:5`, { opcode }),
    ["L", "R", "n"],
    (e, f) => {
      e.checkFp();
      const base = e.gprOrSp(64, f.rn);
      transferSingle(e, size, f.L, selem(f), base, f.rt, laneIndex(e, size, f));
      writeBack(e, f.rn, f.rm, base, selem(f) << size);
    },
    { asm: (f) => singleAsm(size, index(f as unknown as Bits), f as unknown as Bits, f.rm) },
  ),
]);

export const simdStructureLoadsStores: readonly Insn<A64>[] = [
  insn(
    "LD1, ST1 (multiple structures)",
    "0 Q:1 001100 0 L:1 0 00000 opcode:4 size:2 rn:5 rt:5",
    ["Q", "L", "opcode", "size"],
    (e, { Q, L, opcode, size, rn, rt }) => {
      e.checkFp();
      transferMultiple(e, { Q, L, opcode, size }, e.gprOrSp(64, rn), rt);
    },
    { splits: ({ opcode }) => isSingle(opcode), overlap: "structures", asm: (f) => multipleAsm(f) },
  ),
  insn(
    "LD2 to LD4, ST2 to ST4 (multiple structures)",
    "0 Q:1 001100 0 L:1 0 00000 opcode:4 size:2 rn:5 rt:5",
    ["Q", "L", "opcode", "size"],
    (e, { Q, L, opcode, size, rn, rt }) => {
      e.checkFp();
      transferMultiple(e, { Q, L, opcode, size }, e.gprOrSp(64, rn), rt);
    },
    { splits: interleaved, overlap: "structures", asm: (f) => multipleAsm(f) },
  ),
  insn(
    "LD1, ST1 (multiple structures, post-indexed)",
    "0 Q:1 001100 1 L:1 0 rm:5 opcode:4 size:2 rn:5 rt:5",
    ["Q", "L", "opcode", "size"],
    (e, { Q, L, rm, opcode, size, rn, rt }) => {
      e.checkFp();
      const base = e.gprOrSp(64, rn);
      writeBack(e, rn, rm, base, transferMultiple(e, { Q, L, opcode, size }, base, rt));
    },
    { splits: ({ opcode }) => isSingle(opcode), overlap: "structures, post-indexed", asm: (f) => multipleAsm(f, f.rm) },
  ),
  insn(
    "LD2 to LD4, ST2 to ST4 (multiple structures, post-indexed)",
    "0 Q:1 001100 1 L:1 0 rm:5 opcode:4 size:2 rn:5 rt:5",
    ["Q", "L", "opcode", "size"],
    (e, { Q, L, rm, opcode, size, rn, rt }) => {
      e.checkFp();
      const base = e.gprOrSp(64, rn);
      writeBack(e, rn, rm, base, transferMultiple(e, { Q, L, opcode, size }, base, rt));
    },
    { splits: interleaved, overlap: "structures, post-indexed", asm: (f) => multipleAsm(f, f.rm) },
  ),
  ...singleRows,
  insn(
    "LD1R to LD4R",
    "0 Q:1 001101 0 1 R:1 00000 11 n:1 0 size:2 rn:5 rt:5",
    ["Q", "R", "n", "size"],
    (e, { Q, R, n, size, rn, rt }) => {
      e.checkFp();
      replicate(e, Q, size, selem({ R, n }), e.gprOrSp(64, rn), rt);
    },
    { asm: (f) => replicateAsm(f as unknown as Bits) },
  ),
  insn(
    "LD1R to LD4R (post-indexed)",
    "0 Q:1 001101 1 1 R:1 rm:5 11 n:1 0 size:2 rn:5 rt:5",
    ["Q", "R", "n", "size"],
    (e, { Q, R, n, rm, size, rn, rt }) => {
      e.checkFp();
      const base = e.gprOrSp(64, rn);
      replicate(e, Q, size, selem({ R, n }), base, rt);
      writeBack(e, rn, rm, base, selem({ R, n }) << size);
    },
    { asm: (f) => replicateAsm(f as unknown as Bits, f.rm) },
  ),
];
