import type { Insn, Value } from "../index.ts";
import { keep, lanes, replaceLane, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import {
  fpAbs,
  fpAdd,
  type FpBinary,
  fpBits,
  fpDiv,
  fpMax,
  fpMaxNum,
  fpMin,
  fpMinNum,
  fpMul,
  fpNeg,
  fpSqrt,
  fpSub,
  laneSize,
} from "./fp-arithmetic.ts";
import { fpMulAdd } from "./fp-fused.ts";
import { HALF } from "./fp-format.ts";
import { convertPrecision, doubleToSingle, singleToDouble } from "./fp-precision.ts";
import { fpRoundIntegral, type Rounding } from "./fp-rounding.ts";
import { binary, fill, setVector } from "./simd-vector.ts";

/** Single and double; half precision arithmetic is not in Armv8.0. */
const SINGLE_DOUBLE = ({ ftype }: { readonly ftype: number }): boolean => ftype < 2;
const size = (ftype: number): number => (ftype === 3 ? 1 : laneSize(ftype));
const register = (ftype: number, r: number): string => asm.scalar(size(ftype), r);

type Unary = (e: A64, p: number, bits: number, a: Value) => Value;
const round =
  (rounding: Rounding, exact = false): Unary =>
  (e, p, bits, a) =>
    fpRoundIntegral(e, p, bits, rounding, exact, a);

const oneSource: readonly [name: string, opcode: number, compute: Unary][] = [
  ["FMOV", 0b000000, (_e, _p, _bits, a) => a],
  ["FABS", 0b000001, (e, p, _bits, a) => fpAbs(e, p, a)],
  ["FNEG", 0b000010, (e, p, _bits, a) => fpNeg(e, p, a)],
  ["FSQRT", 0b000011, fpSqrt],
  ["FRINTN", 0b001000, round("nearest")],
  ["FRINTP", 0b001001, round("ceil")],
  ["FRINTM", 0b001010, round("floor")],
  ["FRINTZ", 0b001011, round("trunc")],
  ["FRINTA", 0b001100, round("away")],
  ["FRINTX", 0b001110, round("current", true)],
  ["FRINTI", 0b001111, round("current")],
];

/** FCVT between two of half (3), single (0) and double (1). */
function convert(e: A64, from: number, to: number, a: Value): Value {
  if (from === 0 && to === 1) return singleToDouble(e, 32, a);
  if (from === 1 && to === 0) return doubleToSingle(e, 64, a);
  const encoding = e.zeroExtend(64, lanes(e, size(from), from === HALF ? "extract_lane_u" : "extract_lane", a, 0));
  const value = convertPrecision(e, from, to, encoding);
  return replaceLane(e, size(to), zero(e), 0, to === 1 ? value : e.wrap(value));
}

const twoSources: readonly [name: string, opcode: number, compute: FpBinary][] = [
  ["FMUL", 0b0000, fpMul],
  ["FDIV", 0b0001, fpDiv],
  ["FADD", 0b0010, fpAdd],
  ["FSUB", 0b0011, fpSub],
  ["FMAX", 0b0100, fpMax],
  ["FMIN", 0b0101, fpMin],
  ["FMAXNM", 0b0110, fpMaxNum],
  ["FMINNM", 0b0111, fpMinNum],
  ["FNMUL", 0b1000, (e, p, bits, a, b) => fpNeg(e, p, fpMul(e, p, bits, a, b))],
];

/** Floating-point data-processing, 1 source. */
export const fpOneSource: readonly Insn<A64>[] = [
  ...oneSource.map(([name, opcode, compute]) =>
    insn(
      `${name} (scalar)`,
      fill("0 0 0 11110 ftype:2 1 opcode 10000 rn:5 rd:5", { opcode: binary(opcode, 6) }),
      ["ftype"],
      (e, { ftype, rn, rd }) => {
        e.checkFp();
        setVector(e, fpBits(ftype), rd, compute(e, ftype, fpBits(ftype), e.vreg(rn)));
      },
      {
        splits: SINGLE_DOUBLE,
        asm: ({ ftype, rn, rd }) => asm.line(name.toLowerCase(), register(ftype, rd), register(ftype, rn)),
      },
    ),
  ),
  insn(
    "FCVT",
    "0 0 0 11110 ftype:2 1 0001 to:2 10000 rn:5 rd:5",
    ["ftype", "to"],
    (e, { ftype, to, rn, rd }) => {
      e.checkFp();
      setVector(e, 8 << size(to), rd, convert(e, ftype, to, e.vreg(rn)));
    },
    {
      splits: ({ ftype, to }) => ftype !== 2 && to !== 2 && ftype !== to,
      asm: ({ ftype, to, rn, rd }) => asm.line("fcvt", register(to, rd), register(ftype, rn)),
    },
  ),
];

/** Floating-point data-processing, 2 sources. */
export const fpTwoSources: readonly Insn<A64>[] = twoSources.map(([name, opcode, compute]) =>
  insn(
    `${name} (scalar)`,
    fill("0 0 0 11110 ftype:2 1 rm:5 opcode 10 rn:5 rd:5", { opcode: binary(opcode, 4) }),
    ["ftype"],
    (e, { ftype, rm, rn, rd }) => {
      e.checkFp();
      const bits = fpBits(ftype);
      setVector(e, bits, rd, compute(e, ftype, bits, keep(e, bits, e.vreg(rn)), keep(e, bits, e.vreg(rm))));
    },
    {
      splits: SINGLE_DOUBLE,
      asm: ({ ftype, rm, rn, rd }) =>
        asm.line(name.toLowerCase(), register(ftype, rd), register(ftype, rn), register(ftype, rm)),
    },
  ),
);

/** Floating-point data-processing, 3 sources: o1 negates the addend, o1 xor o0 the product. */
export const fpThreeSources: readonly Insn<A64>[] = [
  insn(
    "FMADD, FMSUB, FNMADD, FNMSUB",
    "0 0 0 11111 ftype:2 o1:1 rm:5 o0:1 ra:5 rn:5 rd:5",
    ["ftype", "o1", "o0"],
    (e, { ftype, o1, rm, o0, ra, rn, rd }) => {
      e.checkFp();
      const negate = (when: number, a: Value): Value => (when ? fpNeg(e, ftype, a) : a);
      const bits = fpBits(ftype);
      const addend = negate(o1, e.vreg(ra));
      setVector(e, bits, rd, fpMulAdd(e, ftype, bits, addend, negate(o1 ^ o0, e.vreg(rn)), e.vreg(rm)));
    },
    {
      splits: SINGLE_DOUBLE,
      asm: ({ ftype, o1, rm, o0, ra, rn, rd }) =>
        asm.line(
          ["fmadd", "fmsub", "fnmadd", "fnmsub"][(o1 << 1) | o0]!,
          ...[rd, rn, rm, ra].map((r) => register(ftype, r)),
        ),
    },
  ),
];
