import type { Insn, Value } from "../index.ts";
import { byteVector, gather, gatherLanes, or, select, splat } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { state } from "./state.ts";
import { binary, fill, following, setVector } from "./simd-vector.ts";

/** Which lane of n:m, counted from the low halves when Q = 0, each lane of the result takes. */
type Permutation = (lane: number, count: number) => number;
const PERMUTATIONS: readonly [name: string, opcode: number, from: Permutation][] = [
  ["UZP1", 0b001, (lane) => 2 * lane],
  ["TRN1", 0b010, (lane, count) => (lane & 1 ? count + lane - 1 : lane)],
  ["ZIP1", 0b011, (lane, count) => (lane & 1) * count + (lane >> 1)],
  ["UZP2", 0b101, (lane) => 2 * lane + 1],
  ["TRN2", 0b110, (lane, count) => (lane & 1 ? count + lane : lane + 1)],
  ["ZIP2", 0b111, (lane, count) => (lane & 1) * count + (lane >> 1) + count / 2],
];

/** Advanced SIMD permute. */
export const advancedSimdPermute: readonly Insn<A64>[] = PERMUTATIONS.map(([name, opcode, from]) =>
  insn(
    name,
    fill("0 Q:1 001110 size:2 0 rm:5 0 opcode 10 rn:5 rd:5", { opcode: binary(opcode, 3) }),
    ["Q", "size"],
    (e, { Q, size, rm, rn, rd }) => {
      e.checkFp();
      const count = (Q ? 16 : 8) >> size;
      const whole = 16 >> size;
      const result = gatherLanes(e, size, [e.vreg(rn), e.vreg(rm)], (lane) => {
        if (lane >= count) return -1;
        const source = from(lane, count);
        return source < count ? source : whole + source - count;
      });
      e.setVreg(rd, result);
    },
    {
      splits: ({ Q, size }) => size !== 3 || Q === 1,
      asm: ({ Q, size, rm, rn, rd }) => {
        const t = asm.arrangement(size, Q);
        return asm.line(name.toLowerCase(), asm.vector(rd, t), asm.vector(rn, t), asm.vector(rm, t));
      },
    },
  ),
);

/** The bytes of n:m (their low halves when Q = 0) from byte `position` (i32) on. */
function extract(e: A64, Q: number, n: Value, m: Value, position: Value): Value {
  const bytes = e.op(
    "i8x16.add",
    byteVector(e, (i) => i),
    e.op("i8x16.splat", position),
  );
  if (!Q)
    return e.op(
      "i8x16.swizzle",
      gather(e, [n, m], (i) => (i < 8 ? i : i + 8)),
      bytes,
    );
  // Swizzle gives zero for an index outside, on either side.
  const beyond = e.op("i8x16.sub", bytes, splat(e, 0, 16));
  return or(e, e.op("i8x16.swizzle", n, bytes), e.op("i8x16.swizzle", m, beyond));
}

/** Advanced SIMD extract. */
export const advancedSimdExtract: readonly Insn<A64>[] = [
  insn(
    "EXT",
    "0 Q:1 101110 00 0 rm:5 0 imm4:4 0 rn:5 rd:5",
    ["Q"],
    (e, { Q, rm, imm4, rn, rd }) => {
      e.checkFp();
      setVector(e, Q ? 128 : 64, rd, extract(e, Q, e.vreg(rn), e.vreg(rm), e.imm(32, imm4)));
    },
    {
      allocated: ({ Q, imm4 }) => Q === 1 || imm4 < 8,
      asm: ({ Q, rm, imm4, rn, rd }) => {
        const t = asm.arrangement(0, Q);
        return asm.line("ext", asm.vector(rd, t), asm.vector(rn, t), asm.vector(rm, t), `#${imm4}`);
      },
    },
  ),
];

/** Advanced SIMD table lookup. */
export const advancedSimdTable: readonly Insn<A64>[] = [
  insn(
    "TBL, TBX",
    "0 Q:1 001110 00 0 rm:5 0 len:2 op:1 00 rn:5 rd:5",
    ["Q", "len", "op"],
    (e, { Q, rm, len, op, rn, rd }) => {
      e.checkFp();
      const indices = e.vreg(rm);
      let result = e.op("i8x16.swizzle", e.vreg(rn), indices);
      for (let k = 1; k <= len; k++) {
        const beyond = e.op("i8x16.sub", indices, splat(e, 0, 16 * k));
        result = or(e, result, e.op("i8x16.swizzle", e.read(state.v, following(e, rn, k)), beyond));
      }
      if (op) {
        const inside = e.op("i8x16.lt_u", indices, splat(e, 0, 16 * (len + 1)));
        result = select(e, inside, result, e.vreg(rd));
      }
      setVector(e, Q ? 128 : 64, rd, result);
    },
    {
      asm: ({ Q, rm, len, op, rn, rd }) => {
        const t = asm.arrangement(0, Q);
        return asm.line(op ? "tbx" : "tbl", asm.vector(rd, t), asm.vectorList(rn, len + 1, "16b"), asm.vector(rm, t));
      },
    },
  ),
];
