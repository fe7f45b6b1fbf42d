import type { Insn, Value } from "../index.ts";
import { gatherLanes, lanes, pairs, type Size } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { type FpBinary, fpMax, fpMaxNum, fpMin, fpMinNum } from "./fp-arithmetic.ts";
import { pairwiseAddLong } from "./simd-arithmetic.ts";
import { binary, fill, setVector } from "./simd-vector.ts";

/** Folds the lanes in the low `bits` bits to one, in lane 0. */
function reduce(e: A64, size: Size, bits: number, name: string, a: Value): Value {
  let result = a;
  for (let count = bits >> (3 + size); count > 1; count /= 2) {
    const other = gatherLanes(e, size, [result], (lane) => (lane < count / 2 ? lane + count / 2 : lane));
    result = lanes(e, size, name, result, other);
  }
  return result;
}

type Compute = (e: A64, size: Size, bits: number, a: Value) => Value;
const fold =
  (name: string): Compute =>
  (e, size, bits, a) =>
    reduce(e, size, bits, name, a);

/** Name, U, opcode, how much larger than an element the result is, meaning. */
const integer: readonly [name: string, U: number, opcode: number, larger: number, compute: Compute][] = [
  ["SADDLV", 0, 0b00011, 1, (e, size, bits, a) => reduce(e, size + 1, bits, "add", pairwiseAddLong(e, size, true, a))],
  ["UADDLV", 1, 0b00011, 1, (e, size, bits, a) => reduce(e, size + 1, bits, "add", pairwiseAddLong(e, size, false, a))],
  ["SMAXV", 0, 0b01010, 0, fold("max_s")],
  ["UMAXV", 1, 0b01010, 0, fold("max_u")],
  ["SMINV", 0, 0b11010, 0, fold("min_s")],
  ["UMINV", 1, 0b11010, 0, fold("min_u")],
  ["ADDV", 0, 0b11011, 0, fold("add")],
];

const floating: readonly [name: string, a: number, opcode: number, compute: FpBinary][] = [
  ["FMAXNMV", 0, 0b01100, fpMaxNum],
  ["FMINNMV", 1, 0b01100, fpMinNum],
  ["FMAXV", 0, 0b01111, fpMax],
  ["FMINV", 1, 0b01111, fpMin],
];

/** Advanced SIMD across lanes. */
export const advancedSimdAcrossLanes: readonly Insn<A64>[] = [
  ...integer.map(([name, U, opcode, larger, compute]) =>
    insn(
      name,
      fill("0 Q:1 U 01110 size:2 11000 opcode 10 rn:5 rd:5", { U, opcode: binary(opcode, 5) }),
      ["Q", "size"],
      (e, { Q, size, rn, rd }) => {
        e.checkFp();
        setVector(e, 8 << (size + larger), rd, compute(e, size, Q ? 128 : 64, e.vreg(rn)));
      },
      {
        splits: ({ Q, size }) => size < 2 || (size === 2 && Q === 1),
        asm: ({ Q, size, rn, rd }) =>
          asm.line(name.toLowerCase(), asm.scalar(size + larger, rd), asm.vector(rn, asm.arrangement(size, Q))),
      },
    ),
  ),
  ...floating.map(([name, a, opcode, compute]) =>
    insn(
      name,
      fill("0 1 1 01110 a 0 11000 opcode 10 rn:5 rd:5", { a, opcode: binary(opcode, 5) }),
      [],
      (e, { rn, rd }) => {
        e.checkFp();
        const v = e.vreg(rn);
        const two = pairs(e, 2, 128, v, v);
        const halves = compute(e, 0, 64, two.even, two.odd);
        const one = pairs(e, 2, 64, halves, halves);
        setVector(e, 32, rd, compute(e, 0, 32, one.even, one.odd));
      },
      { asm: ({ rn, rd }) => asm.line(name.toLowerCase(), asm.scalar(2, rd), asm.vector(rn, "4s")) },
    ),
  ),
];
