import type { Insn, Value } from "../index.ts";
import { gatherLanes, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { fpAbs, fpBits, fpCompare, fpNeg, fpSqrt, laneSize } from "./fp-arithmetic.ts";
import {
  fpReciprocalEstimate,
  fpReciprocalExponent,
  fpReciprocalRootEstimate,
  unsignedReciprocalEstimate,
  unsignedReciprocalRootEstimate,
} from "./fp-estimates.ts";
import { doubleToSingle, doubleToSingleOdd, halvesToSingles, singlesToHalves, singleToDouble } from "./fp-precision.ts";
import { fpRoundIntegral, fpToInteger, integerToFp, type Rounding } from "./fp-rounding.ts";
import { binary, fill, setHalf, setVector } from "./simd-vector.ts";

type Compute = (e: A64, p: number, bits: number, n: Value) => Value;
type Forms = "vector" | "both" | "scalar";

interface Operation {
  readonly name: string;
  readonly U: number;
  readonly a: number;
  readonly opcode: number;
  readonly forms: Forms;
  readonly compute: Compute;
}

function row(name: string, U: number, a: number, opcode: number, forms: Forms, compute: Compute): Operation {
  return { name, U, a, opcode, forms, compute };
}

const round =
  (rounding: Rounding, exact = false): Compute =>
  (e, p, bits, n) =>
    fpRoundIntegral(e, p, bits, rounding, exact, n);
const compareZero =
  (name: "eq" | "ge" | "gt" | "le" | "lt"): Compute =>
  (e, p, bits, n) =>
    fpCompare(e, p, bits, name, n, zero(e));

function toInteger(letter: string, a: number, opcode: number, rounding: Rounding): Operation[] {
  return [0, 1].map((U) =>
    row(`FCVT${letter}${U ? "U" : "S"}`, U, a, opcode, "both", (e, p, bits, n) =>
      fpToInteger(e, p, bits, U === 0, rounding, n),
    ),
  );
}

// By opcode, then U, then size<1>.
const operations: readonly Operation[] = [
  row("FCMGT", 0, 1, 0b01100, "both", compareZero("gt")),
  row("FCMGE", 1, 1, 0b01100, "both", compareZero("ge")),
  row("FCMEQ", 0, 1, 0b01101, "both", compareZero("eq")),
  row("FCMLE", 1, 1, 0b01101, "both", compareZero("le")),
  row("FCMLT", 0, 1, 0b01110, "both", compareZero("lt")),
  row("FABS", 0, 1, 0b01111, "vector", (e, p, _bits, n) => fpAbs(e, p, n)),
  row("FNEG", 1, 1, 0b01111, "vector", (e, p, _bits, n) => fpNeg(e, p, n)),
  row("FRINTN", 0, 0, 0b11000, "vector", round("nearest")),
  row("FRINTP", 0, 1, 0b11000, "vector", round("ceil")),
  row("FRINTA", 1, 0, 0b11000, "vector", round("away")),
  row("FRINTM", 0, 0, 0b11001, "vector", round("floor")),
  row("FRINTZ", 0, 1, 0b11001, "vector", round("trunc")),
  row("FRINTX", 1, 0, 0b11001, "vector", round("current", true)),
  row("FRINTI", 1, 1, 0b11001, "vector", round("current")),
  ...toInteger("N", 0, 0b11010, "nearest"),
  ...toInteger("P", 1, 0b11010, "ceil"),
  ...toInteger("M", 0, 0b11011, "floor"),
  ...toInteger("Z", 1, 0b11011, "trunc"),
  ...toInteger("A", 0, 0b11100, "away"),
  row("SCVTF", 0, 0, 0b11101, "both", (e, p, bits, n) => integerToFp(e, p, bits, true, n)),
  row("UCVTF", 1, 0, 0b11101, "both", (e, p, bits, n) => integerToFp(e, p, bits, false, n)),
  row("FRECPE", 0, 1, 0b11101, "both", fpReciprocalEstimate),
  row("FRSQRTE", 1, 1, 0b11101, "both", fpReciprocalRootEstimate),
  row("FRECPX", 0, 1, 0b11111, "scalar", fpReciprocalExponent),
  row("FSQRT", 1, 1, 0b11111, "vector", fpSqrt),
];

const PATTERN = "0 Q:1 U 01110 a sz:1 10000 opcode 10 rn:5 rd:5";
const zeroText = (name: string): string[] => (name.startsWith("FCM") ? ["#0.0"] : []);

const vectorRows = operations
  .filter(({ forms }) => forms !== "scalar")
  .map(({ name, U, a, opcode, compute }) =>
    insn(
      `${name} (vector)`,
      fill(PATTERN, { U, a, opcode: binary(opcode, 5) }),
      ["Q", "sz"],
      (e, { Q, sz, rn, rd }) => {
        e.checkFp();
        const bits = Q ? 128 : 64;
        setVector(e, bits, rd, compute(e, sz, bits, e.vreg(rn)));
      },
      {
        splits: ({ Q, sz }) => sz === 0 || Q === 1,
        asm: ({ Q, sz, rn, rd }) => {
          const t = asm.arrangement(laneSize(sz), Q);
          return asm.line(name.toLowerCase(), asm.vector(rd, t), asm.vector(rn, t), ...zeroText(name));
        },
      },
    ),
  );

const unsignedRows = (
  [
    ["URECPE", 0, unsignedReciprocalEstimate],
    ["URSQRTE", 1, unsignedReciprocalRootEstimate],
  ] as const
).map(([name, U, compute]) =>
  insn(
    name,
    fill("0 Q:1 U 01110 10 10000 11100 10 rn:5 rd:5", { U }),
    ["Q"],
    (e, { Q, rn, rd }) => {
      e.checkFp();
      const bits = Q ? 128 : 64;
      setVector(e, bits, rd, compute(e, bits, e.vreg(rn)));
    },
    {
      asm: ({ Q, rn, rd }) => {
        const t = asm.arrangement(2, Q);
        return asm.line(name.toLowerCase(), asm.vector(rd, t), asm.vector(rn, t));
      },
    },
  ),
);

const second = (name: string, Q: number): string => name + (Q ? "2" : "");

const precisionRows: readonly Insn<A64>[] = [
  insn(
    "FCVTN, FCVTN2",
    "0 Q:1 0 01110 0 sz:1 10000 10110 10 rn:5 rd:5",
    ["Q", "sz"],
    (e, { Q, sz, rn, rd }) => {
      e.checkFp();
      const n = e.vreg(rn);
      setHalf(e, Q, rd, sz ? doubleToSingle(e, 128, n) : singlesToHalves(e, n));
    },
    {
      asm: ({ Q, sz, rn, rd }) =>
        asm.line(
          second("fcvtn", Q),
          asm.vector(rd, asm.arrangement(sz + 1, Q)),
          asm.vector(rn, asm.arrangement(sz + 2, 1)),
        ),
    },
  ),
  insn(
    "FCVTXN, FCVTXN2",
    "0 Q:1 1 01110 0 1 10000 10110 10 rn:5 rd:5",
    ["Q"],
    (e, { Q, rn, rd }) => {
      e.checkFp();
      setHalf(e, Q, rd, doubleToSingleOdd(e, 128, e.vreg(rn)));
    },
    {
      asm: ({ Q, rn, rd }) =>
        asm.line(second("fcvtxn", Q), asm.vector(rd, asm.arrangement(2, Q)), asm.vector(rn, "2d")),
    },
  ),
  insn(
    "FCVTL, FCVTL2",
    "0 Q:1 0 01110 0 sz:1 10000 10111 10 rn:5 rd:5",
    ["Q", "sz"],
    (e, { Q, sz, rn, rd }) => {
      e.checkFp();
      const v = e.vreg(rn);
      const n = Q ? gatherLanes(e, 3, [v], () => 1) : v;
      e.setVreg(rd, sz ? singleToDouble(e, 64, n) : halvesToSingles(e, n));
    },
    {
      asm: ({ Q, sz, rn, rd }) =>
        asm.line(
          second("fcvtl", Q),
          asm.vector(rd, asm.arrangement(sz + 2, 1)),
          asm.vector(rn, asm.arrangement(sz + 1, Q)),
        ),
    },
  ),
];

/** Advanced SIMD two-register miscellaneous, floating-point. */
export const advancedSimdTwoRegistersFp: readonly Insn<A64>[] = [...vectorRows, ...unsignedRows, ...precisionRows];

/** Advanced SIMD scalar two-register miscellaneous, floating-point. */
export const advancedSimdScalarTwoRegistersFp: readonly Insn<A64>[] = [
  ...operations
    .filter(({ forms }) => forms !== "vector")
    .map(({ name, U, a, opcode, compute }) =>
      insn(
        `${name} (scalar)`,
        fill("01 U 11110 a sz:1 10000 opcode 10 rn:5 rd:5", { U, a, opcode: binary(opcode, 5) }),
        ["sz"],
        (e, { sz, rn, rd }) => {
          e.checkFp();
          setVector(e, fpBits(sz), rd, compute(e, sz, fpBits(sz), e.vreg(rn)));
        },
        {
          asm: ({ sz, rn, rd }) => {
            const [d, n] = [asm.scalar(laneSize(sz), rd), asm.scalar(laneSize(sz), rn)];
            return asm.line(name.toLowerCase(), d, n, ...zeroText(name));
          },
        },
      ),
    ),
  insn(
    "FCVTXN (scalar)",
    "01 1 11110 0 1 10000 10110 10 rn:5 rd:5",
    [],
    (e, { rn, rd }) => {
      e.checkFp();
      setVector(e, 32, rd, doubleToSingleOdd(e, 64, e.vreg(rn)));
    },
    { asm: ({ rn, rd }) => asm.line("fcvtxn", asm.scalar(2, rd), asm.scalar(3, rn)) },
  ),
];
