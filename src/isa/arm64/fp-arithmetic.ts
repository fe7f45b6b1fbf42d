import type { Routine, Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { and, anyTrue, keep, lanes, not, or, select, signBits, splat, xor, zero } from "./simd-vector.ts";
import { state } from "./state.ts";

/**
 * Floating-point arithmetic on lanes, round to nearest, as the manual's FPAdd() and its kin. Wasm leaves the bits of a
 * NaN open, so that every NaN result is made here. Scalars are lane 0; `bits` says how much of a vector counts for
 * FPSR. Of the cumulative flags IOC and DZC are kept.
 */

/** 0: single, 1: double precision. */
export type Precision = number;

export const IOC = 1;
export const DZC = 2;

const QUIET = [1n << 22n, 1n << 51n] as const;
export const DEFAULT_NAN = [0x7fc00000n, 0x7ff8000000000000n] as const;
const INFINITY = [0x7f800000n, 0x7ff0000000000000n] as const;
const ONE = [0x3f800000n, 0x3ff0000000000000n] as const;

export const fpBits = (precision: Precision): number => 32 << precision;
/** The lane size of a precision. */
export const laneSize = (precision: Precision): number => precision + 2;
export const quietBits = (e: A64, p: Precision): Value => splat(e, laneSize(p), QUIET[p]!);
export const defaultNan = (e: A64, p: Precision): Value => splat(e, laneSize(p), DEFAULT_NAN[p]!);
export const infinity = (e: A64, p: Precision): Value => splat(e, laneSize(p), INFINITY[p]!);
export const one = (e: A64, p: Precision): Value => splat(e, laneSize(p), ONE[p]!);

export function fpLanes(e: A64, precision: Precision, name: string, ...operands: (Value | number)[]): Value {
  return e.op(`${precision ? "f64x2" : "f32x4"}.${name}`, ...operands);
}

export const isNan = (e: A64, p: Precision, a: Value): Value => fpLanes(e, p, "ne", a, a);

export function isSignallingNan(e: A64, p: Precision, a: Value): Value {
  const quiet = quietBits(e, p);
  return and(e, isNan(e, p, a), lanes(e, laneSize(p), "eq", and(e, a, quiet), zero(e)));
}

/** Sets a cumulative flag of FPSR where the i32 is 1. */
export function raiseFlag(e: A64, flag: number, condition: Value): void {
  e.write(state.fpsr, e.or(32, e.read(state.fpsr), e.mul(32, condition, e.i32(flag))));
}

/** FPProcessNaNs(): of `operands`, the first signalling NaN made quiet, else the first quiet one, else the default NaN. */
function nanResult(e: A64, p: Precision, operands: readonly Value[], nans: Value): Value {
  const quiet = quietBits(e, p);
  let result = defaultNan(e, p);
  let signalling = zero(e);
  let any = zero(e);
  for (const a of [...operands].reverse()) {
    const is = isNan(e, p, a);
    result = select(e, is, a, result);
    any = or(e, any, is);
  }
  for (const a of [...operands].reverse()) {
    const is = isSignallingNan(e, p, a);
    result = select(e, is, or(e, a, quiet), result);
    signalling = or(e, signalling, is);
  }
  raiseFlag(e, IOC, anyTrue(e, and(e, nans, or(e, signalling, not(e, any)))));
  const alwaysDefault = e.and(32, e.shrU(32, e.read(state.fpcr), 25), e.i32(1));
  return e.select(alwaysDefault, defaultNan(e, p), result);
}

/** (operands v128…, lanes that are NaN and count v128) → v128, by number of operands and precision. */
const nanRoutines: readonly (readonly Routine<A64>[])[] = [1, 2, 3].map((count) =>
  ["Single", "Double"].map((name, p) => ({
    name: `processNans${count}${name}`,
    params: Array.from({ length: count + 1 }, () => "v128" as const),
    result: "v128" as const,
    body: (e: A64, ...values: Value[]) => nanResult(e, p, values.slice(0, count), values[count]!),
  })),
);

/** Fixes the lanes of `result` that are NaN: their bits follow from the operands. */
export function withNans(e: A64, p: Precision, bits: number, result: Value, ...operands: Value[]): Value {
  const fixed = e.variable(result);
  const nans = keep(e, bits, isNan(e, p, result));
  e.if(anyTrue(e, nans), () => {
    const nan = e.call(nanRoutines[operands.length - 1]![p]!, ...operands, nans);
    e.set(fixed, select(e, nans, nan, result));
  });
  return e.get(fixed);
}

export type FpBinary = (e: A64, p: Precision, bits: number, a: Value, b: Value) => Value;
export type FpUnary = (e: A64, p: Precision, bits: number, a: Value) => Value;

const plain =
  (name: string): FpBinary =>
  (e, p, bits, a, b) =>
    withNans(e, p, bits, fpLanes(e, p, name, a, b), a, b);

export const fpAdd: FpBinary = plain("add");
export const fpSub: FpBinary = plain("sub");
export const fpMul: FpBinary = plain("mul");
export const fpMax: FpBinary = plain("max");
export const fpMin: FpBinary = plain("min");

export const fpDiv: FpBinary = (e, p, bits, a, b) => {
  const byZero = keep(e, bits, fpLanes(e, p, "eq", b, zero(e)));
  e.if(anyTrue(e, byZero), () => {
    const finite = fpLanes(e, p, "lt", fpAbs(e, p, a), infinity(e, p));
    const divides = and(e, finite, fpLanes(e, p, "ne", a, zero(e)));
    raiseFlag(e, DZC, anyTrue(e, and(e, byZero, divides)));
  });
  return withNans(e, p, bits, fpLanes(e, p, "div", a, b), a, b);
};

export const fpSqrt: FpUnary = (e, p, bits, a) => withNans(e, p, bits, fpLanes(e, p, "sqrt", a), a);
/** FPAbs(), FPNeg(): of the sign bit alone. */
export const fpAbs = (e: A64, p: Precision, a: Value): Value => e.op("v128.andnot", a, signBits(e, laneSize(p)));
export const fpNeg = (e: A64, p: Precision, a: Value): Value => xor(e, a, signBits(e, laneSize(p)));

/** FPMulX(): zero times infinity is two. */
export const fpMulX: FpBinary = (e, p, bits, a, b) => {
  const product = fpLanes(e, p, "mul", a, b);
  const either = or(e, isNan(e, p, a), isNan(e, p, b));
  const two = or(e, and(e, xor(e, a, b), signBits(e, laneSize(p))), fpLanes(e, p, "add", one(e, p), one(e, p)));
  const special = e.op("v128.andnot", isNan(e, p, product), either);
  return withNans(e, p, bits, select(e, special, two, product), a, b);
};

/** FPMaxNum(), FPMinNum(): a quiet NaN beside a number gives the number. */
const numeric =
  (name: "max" | "min"): FpBinary =>
  (e, p, bits, a, b) => {
    const quiet = (v: Value): Value => e.op("v128.andnot", isNan(e, p, v), isSignallingNan(e, p, v));
    const number = (v: Value): Value => fpLanes(e, p, "eq", v, v);
    const left = select(e, and(e, quiet(a), number(b)), b, a);
    const right = select(e, and(e, quiet(b), number(a)), a, b);
    return withNans(e, p, bits, fpLanes(e, p, name, left, right), left, right);
  };
export const fpMaxNum: FpBinary = numeric("max");
export const fpMinNum: FpBinary = numeric("min");

/** FPAbs(FPSub()). */
export const fpAbsoluteDifference: FpBinary = (e, p, bits, a, b) => fpAbs(e, p, fpSub(e, p, bits, a, b));

/** FPCompareEQ/GE/GT(): all ones where it holds. A signalling NaN, or for GE and GT any NaN, is invalid. */
export function fpCompare(
  e: A64,
  p: Precision,
  bits: number,
  name: "eq" | "ge" | "gt" | "le" | "lt",
  a: Value,
  b: Value,
): Value {
  const unordered = keep(e, bits, or(e, isNan(e, p, a), isNan(e, p, b)));
  e.if(anyTrue(e, unordered), () => {
    const invalid =
      name === "eq" ? keep(e, bits, or(e, isSignallingNan(e, p, a), isSignallingNan(e, p, b))) : unordered;
    raiseFlag(e, IOC, anyTrue(e, invalid));
  });
  return fpLanes(e, p, name, a, b);
}
