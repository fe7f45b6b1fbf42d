import type { Insn, Value } from "../index.ts";
import { keep, pairs } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import {
  fpAbs,
  fpAbsoluteDifference,
  fpAdd,
  type FpBinary,
  fpBits,
  fpCompare,
  fpDiv,
  fpMax,
  fpMaxNum,
  fpMin,
  fpMinNum,
  fpMul,
  fpMulX,
  fpNeg,
  fpSub,
  laneSize,
} from "./fp-arithmetic.ts";
import { fpMulAdd, fpReciprocalRootStep, fpReciprocalStep } from "./fp-fused.ts";
import { binary, fill, setVector } from "./simd-vector.ts";

type Compute = (e: A64, p: number, bits: number, n: Value, m: Value, d: () => Value) => Value;

interface Operation {
  readonly name: string;
  readonly U: number;
  readonly a: number;
  readonly opcode: number;
  readonly scalar: boolean;
  readonly compute: Compute;
}

function fp(name: string, U: number, a: number, opcode: number, compute: Compute, scalar = false): Operation {
  return { name, U, a, opcode, scalar, compute };
}
const SCALAR_TOO = true;

/** On neighbouring lanes of n:m. */
const pairwise =
  (compute: FpBinary): Compute =>
  (e, p, bits, n, m) => {
    const { even, odd } = pairs(e, laneSize(p), bits, n, m);
    return compute(e, p, bits, even, odd);
  };

const compare =
  (name: "eq" | "ge" | "gt"): Compute =>
  (e, p, bits, n, m) =>
    fpCompare(e, p, bits, name, n, m);

const compareAbsolute =
  (name: "ge" | "gt"): Compute =>
  (e, p, bits, n, m) =>
    fpCompare(e, p, bits, name, fpAbs(e, p, n), fpAbs(e, p, m));

// By opcode, then U, then size<1>.
const operations: readonly Operation[] = [
  fp("FMAXNM", 0, 0, 0b11000, fpMaxNum),
  fp("FMINNM", 0, 1, 0b11000, fpMinNum),
  fp("FMAXNMP", 1, 0, 0b11000, pairwise(fpMaxNum)),
  fp("FMINNMP", 1, 1, 0b11000, pairwise(fpMinNum)),
  fp("FMLA", 0, 0, 0b11001, (e, p, bits, n, m, d) => fpMulAdd(e, p, bits, d(), n, m)),
  fp("FMLS", 0, 1, 0b11001, (e, p, bits, n, m, d) => fpMulAdd(e, p, bits, d(), fpNeg(e, p, n), m)),
  fp("FADD", 0, 0, 0b11010, fpAdd),
  fp("FSUB", 0, 1, 0b11010, fpSub),
  fp("FADDP", 1, 0, 0b11010, pairwise(fpAdd)),
  fp("FABD", 1, 1, 0b11010, fpAbsoluteDifference, SCALAR_TOO),
  fp("FMULX", 0, 0, 0b11011, fpMulX, SCALAR_TOO),
  fp("FMUL", 1, 0, 0b11011, fpMul),
  fp("FCMEQ", 0, 0, 0b11100, compare("eq"), SCALAR_TOO),
  fp("FCMGE", 1, 0, 0b11100, compare("ge"), SCALAR_TOO),
  fp("FCMGT", 1, 1, 0b11100, compare("gt"), SCALAR_TOO),
  fp("FACGE", 1, 0, 0b11101, compareAbsolute("ge"), SCALAR_TOO),
  fp("FACGT", 1, 1, 0b11101, compareAbsolute("gt"), SCALAR_TOO),
  fp("FMAX", 0, 0, 0b11110, fpMax),
  fp("FMIN", 0, 1, 0b11110, fpMin),
  fp("FMAXP", 1, 0, 0b11110, pairwise(fpMax)),
  fp("FMINP", 1, 1, 0b11110, pairwise(fpMin)),
  fp("FRECPS", 0, 0, 0b11111, fpReciprocalStep, SCALAR_TOO),
  fp("FRSQRTS", 0, 1, 0b11111, fpReciprocalRootStep, SCALAR_TOO),
  fp("FDIV", 1, 0, 0b11111, fpDiv),
];

/** Advanced SIMD three same, floating-point. */
export const advancedSimdThreeSameFp: readonly Insn<A64>[] = operations.map(({ name, U, a, opcode, compute }) =>
  insn(
    `${name} (vector)`,
    fill("0 Q:1 U 01110 a sz:1 1 rm:5 opcode 1 rn:5 rd:5", { U, a, opcode: binary(opcode, 5) }),
    ["Q", "sz"],
    (e, { Q, sz, rm, rn, rd }) => {
      e.checkFp();
      const bits = Q ? 128 : 64;
      setVector(
        e,
        bits,
        rd,
        compute(e, sz, bits, e.vreg(rn), e.vreg(rm), () => e.vreg(rd)),
      );
    },
    {
      splits: ({ Q, sz }) => sz === 0 || Q === 1,
      asm: ({ Q, sz, rm, rn, rd }) => {
        const t = asm.arrangement(laneSize(sz), Q);
        return asm.line(name.toLowerCase(), asm.vector(rd, t), asm.vector(rn, t), asm.vector(rm, t));
      },
    },
  ),
);

/** Advanced SIMD scalar three same, floating-point. */
export const advancedSimdScalarThreeSameFp: readonly Insn<A64>[] = operations
  .filter(({ scalar }) => scalar)
  .map(({ name, U, a, opcode, compute }) =>
    insn(
      `${name} (scalar)`,
      fill("01 U 11110 a sz:1 1 rm:5 opcode 1 rn:5 rd:5", { U, a, opcode: binary(opcode, 5) }),
      ["sz"],
      (e, { sz, rm, rn, rd }) => {
        e.checkFp();
        const bits = fpBits(sz);
        setVector(
          e,
          bits,
          rd,
          compute(e, sz, bits, e.vreg(rn), e.vreg(rm), () => e.vreg(rd)),
        );
      },
      {
        asm: ({ sz, rm, rn, rd }) => {
          const [d, n, m] = [rd, rn, rm].map((r) => asm.scalar(laneSize(sz), r)) as [string, string, string];
          return asm.line(name.toLowerCase(), d, n, m);
        },
      },
    ),
  );

const scalarPairs: readonly [name: string, a: number, opcode: number, compute: FpBinary][] = [
  ["FMAXNMP", 0, 0b01100, fpMaxNum],
  ["FMINNMP", 1, 0b01100, fpMinNum],
  ["FADDP", 0, 0b01101, fpAdd],
  ["FMAXP", 0, 0b01111, fpMax],
  ["FMINP", 1, 0b01111, fpMin],
];

/** Advanced SIMD scalar pairwise. */
export const advancedSimdScalarPairwise: readonly Insn<A64>[] = [
  insn(
    "ADDP (scalar)",
    "01 0 11110 11 11000 11011 10 rn:5 rd:5",
    [],
    (e, { rn, rd }) => {
      e.checkFp();
      const v = e.vreg(rn);
      const half = (lane: number): Value => e.op("i64x2.extract_lane", v, lane);
      setVector(e, 64, rd, e.op("i64x2.splat", e.add(64, half(0), half(1))));
    },
    { asm: ({ rn, rd }) => asm.line("addp", asm.scalar(3, rd), asm.vector(rn, "2d")) },
  ),
  ...scalarPairs.map(([name, a, opcode, compute]) =>
    insn(
      `${name} (scalar)`,
      fill("01 1 11110 a sz:1 11000 opcode 10 rn:5 rd:5", { a, opcode: binary(opcode, 5) }),
      ["sz"],
      (e, { sz, rn, rd }) => {
        e.checkFp();
        const bits = fpBits(sz);
        const { even, odd } = pairs(e, laneSize(sz), 2 * bits, e.vreg(rn), e.vreg(rn));
        setVector(e, bits, rd, compute(e, sz, bits, even, keep(e, bits, odd)));
      },
      {
        asm: ({ sz, rn, rd }) =>
          asm.line(name.toLowerCase(), asm.scalar(laneSize(sz), rd), asm.vector(rn, sz ? "2d" : "2s")),
      },
    ),
  ),
];
