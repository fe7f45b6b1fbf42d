import type { Routine, Value } from "../index.ts";
import { and, anyTrue, keep, lanes, not, or, replaceLane, select, signBits, splat, xor, zero } from "../vector.ts";
import type { A64 } from "./emitter.ts";
import { control, DN, FORMATS, FZ, IDC, IOC, isSettled, type Precision, raiseFlag } from "./fp-format.ts";
import { softAdd, softDiv, softMul, softSqrt } from "./fp-soft-arithmetic.ts";

export type { Precision } from "./fp-format.ts";

/**
 * Floating-point arithmetic on lanes, as the manual's FPAdd() and its kin. Scalars are lane 0; `bits` says how much of a
 * vector counts. WebAssembly's own operations give a result where FPCR is as it mostly is and FPSR.IXC is set
 * already; anything else (the other modes, NaNs, what is tiny or infinite) is for the integer routines.
 */

const ONE = [0x3f800000n, 0x3ff0000000000000n] as const;

export const fpBits = (precision: Precision): number => 32 << precision;
/** The lane size of a precision. */
export const laneSize = (precision: Precision): number => precision + 2;
const quietBits = (e: A64, p: Precision): Value => splat(e, laneSize(p), FORMATS[p]!.quiet);
const defaultNan = (e: A64, p: Precision): Value => splat(e, laneSize(p), FORMATS[p]!.defaultNan);
export const infinity = (e: A64, p: Precision): Value => splat(e, laneSize(p), FORMATS[p]!.infinity);
export const one = (e: A64, p: Precision): Value => splat(e, laneSize(p), ONE[p]!);

export function fpLanes(e: A64, precision: Precision, name: string, ...operands: (Value | number)[]): Value {
  return e.op(`${precision ? "f64x2" : "f32x4"}.${name}`, ...operands);
}

export const isNan = (e: A64, p: Precision, a: Value): Value => fpLanes(e, p, "ne", a, a);

export function isSignallingNan(e: A64, p: Precision, a: Value): Value {
  const quiet = quietBits(e, p);
  return and(e, isNan(e, p, a), lanes(e, laneSize(p), "eq", and(e, a, quiet), zero(e)));
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
  return e.select(control(e, DN), defaultNan(e, p), result);
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

/** (vector, bits that count) → its denormal lanes made zeros of their sign. */
function flushLanes(p: Precision): Routine<A64> {
  return {
    name: `flushLanes${FORMATS[p]!.name}`,
    params: ["v128", "i32"],
    result: "v128",
    body(e: A64, a: Value, bits: Value): Value {
      const size = laneSize(p);
      const magnitudes = fpAbs(e, p, a);
      const tiny = fpLanes(e, p, "lt", magnitudes, splat(e, size, FORMATS[p]!.smallestNormal));
      const flushed = and(e, tiny, fpLanes(e, p, "ne", a, zero(e)));
      const count = e.op("i32.div_u", bits, e.i32(fpBits(p)));
      const counts = e.sub(32, e.shl(32, e.i32(1), count), e.i32(1));
      const mask = e.and(32, lanes(e, size, "bitmask", flushed), counts);
      raiseFlag(e, IDC, e.ne(32, mask, e.i32(0)));
      return e.op("v128.andnot", a, e.op("v128.andnot", flushed, signBits(e, size)));
    },
  };
}
const flushRoutines = [flushLanes(0), flushLanes(1)];

/** The operand with its denormal lanes made zero when FPCR.FZ says so; IDC for those that count. */
export function flushInputs(e: A64, p: Precision, bits: number, a: Value): Value {
  const flushed = e.variable(a);
  e.if(control(e, FZ), () => e.set(flushed, e.call(flushRoutines[p]!, a, e.i32(bits))));
  return e.get(flushed);
}

/** Routines of encodings (i64) by precision, and of vectors: (operands v128…, further operands, lanes to compute i32) → v128. */
export interface SoftRoutines {
  readonly scalar: readonly Routine<A64>[];
  readonly lanes: readonly Routine<A64>[];
}
export const softRoutines = (scalar: readonly Routine<A64>[], vectors: number): SoftRoutines => ({
  scalar,
  lanes: scalar.map((routine, p) => lanewise(routine, p, vectors)),
});

function lanewise(routine: Routine<A64>, p: Precision, vectors: number): Routine<A64> {
  const further = routine.params.slice(vectors);
  const size = laneSize(p);
  return {
    name: `${routine.name}Lanes`,
    params: [...Array.from({ length: vectors }, () => "v128" as const), ...further, "i32"],
    result: "v128",
    body(e: A64, ...values: Value[]): Value {
      const operands = values.slice(0, vectors);
      const count = values.at(-1)!;
      const result = e.variable(zero(e));
      for (let lane = 0; lane < 128 / fpBits(p); lane++) {
        e.if(e.ltU(32, e.i32(lane), count), () => {
          const elements = operands.map((v) => e.zeroExtend(64, lanes(e, size, "extract_lane", v, lane)));
          const value = e.call(routine, ...elements, ...values.slice(vectors, -1));
          e.set(result, replaceLane(e, size, e.get(result), lane, p ? value : e.wrap(value)));
        });
      }
      return e.get(result);
    },
  };
}

/** Calls a routine of encodings for a scalar, its form for vectors for more. Upper lanes come out zero. */
export function scalarOrLanes(
  e: A64,
  p: Precision,
  bits: number,
  soft: SoftRoutines,
  operands: readonly Value[],
  ...further: Value[]
): Value {
  const count = bits / fpBits(p);
  if (count > 1) return e.call(soft.lanes[p]!, ...operands, ...further, e.i32(count));
  const size = laneSize(p);
  const elements = operands.map((v) => e.zeroExtend(64, lanes(e, size, "extract_lane", v, 0)));
  const value = e.call(soft.scalar[p]!, ...elements, ...further);
  return replaceLane(e, size, zero(e), 0, p ? value : e.wrap(value));
}

/** Results that raise nothing but IXC: normal ones, finite ones (of sums, which are exact where tiny), or any but NaN (of roots). */
export type Range = "normal" | "finite" | "number";

/** 1 when WebAssembly's result stands: the modes are the default ones, IXC is set, and every lane that counts is in range. */
export function isInRange(e: A64, p: Precision, bits: number, range: Range, result: Value): Value {
  const size = laneSize(p);
  if (bits === fpBits(p)) {
    const type = p ? "f64" : "f32";
    const constant = (n: number): Value => (p ? e.f64(n) : e.f32(n));
    const value = e.op(`${type}.abs`, fpLanes(e, p, "extract_lane", result, 0));
    const below = e.op(`${type}.${range === "number" ? "le" : "lt"}`, value, constant(Infinity));
    const good = e.and(32, isSettled(e), below);
    if (range !== "normal") return good;
    return e.and(32, good, e.op(`${type}.gt`, value, constant(p ? 2 ** -1022 : 2 ** -126)));
  }
  const value = fpLanes(e, p, "abs", result);
  const below = fpLanes(e, p, range === "number" ? "le" : "lt", value, infinity(e, p));
  const above = (): Value => fpLanes(e, p, "gt", value, splat(e, size, FORMATS[p]!.smallestNormal));
  const good = range === "normal" ? and(e, below, above()) : below;
  const all = bits === 128 ? lanes(e, size, "all_true", good) : e.eqz(32, anyTrue(e, keep(e, bits, not(e, good))));
  return e.and(32, isSettled(e), all);
}

/** WebAssembly's result where it stands, else the integer routine's. */
function quickOr(
  range: Range,
  soft: SoftRoutines,
  name: string,
): (e: A64, p: Precision, bits: number, operands: readonly Value[], ...further: Value[]) => Value {
  return (e, p, bits, operands, ...further) => {
    const result = e.variable(wasmResult(e, p, bits, name, operands));
    e.if(e.eqz(32, isInRange(e, p, bits, range, e.get(result))), () =>
      e.set(result, scalarOrLanes(e, p, bits, soft, operands, ...further)),
    );
    return e.get(result);
  };
}

function wasmResult(e: A64, p: Precision, bits: number, name: string, operands: readonly Value[]): Value {
  if (bits !== fpBits(p)) return fpLanes(e, p, name, ...operands);
  const type = p ? "f64" : "f32";
  const value = e.op(`${type}.${name}`, ...operands.map((v) => fpLanes(e, p, "extract_lane", v, 0)));
  return replaceLane(e, laneSize(p), zero(e), 0, e.op(`i${fpBits(p)}.reinterpret_${type}`, value));
}

const sums = softRoutines(softAdd, 2);
const quickAdd = quickOr("finite", sums, "add");
const quickSub = quickOr("finite", sums, "sub");
const quickMul = quickOr("normal", softRoutines(softMul, 2), "mul");
const quickDiv = quickOr("normal", softRoutines(softDiv, 2), "div");
const quickSqrt = quickOr("number", softRoutines(softSqrt, 1), "sqrt");

const signOfPrecision = (p: Precision): bigint => 1n << BigInt(fpBits(p) - 1);
export const fpAdd: FpBinary = (e, p, bits, a, b) => quickAdd(e, p, bits, [a, b], e.i64(0));
export const fpSub: FpBinary = (e, p, bits, a, b) => quickSub(e, p, bits, [a, b], e.i64(signOfPrecision(p)));
export const fpMul: FpBinary = (e, p, bits, a, b) => quickMul(e, p, bits, [a, b]);
export const fpDiv: FpBinary = (e, p, bits, a, b) => quickDiv(e, p, bits, [a, b]);
export const fpSqrt: FpUnary = (e, p, bits, a) => quickSqrt(e, p, bits, [a]);

/** FPMax(), FPMin(). */
const extreme =
  (name: "max" | "min"): FpBinary =>
  (e, p, bits, n, m) => {
    const [a, b] = [flushInputs(e, p, bits, n), flushInputs(e, p, bits, m)];
    return withNans(e, p, bits, fpLanes(e, p, name, a, b), a, b);
  };
export const fpMax: FpBinary = extreme("max");
export const fpMin: FpBinary = extreme("min");

/** FPAbs(), FPNeg(): of the sign bit alone. */
export const fpAbs = (e: A64, p: Precision, a: Value): Value => e.op("v128.andnot", a, signBits(e, laneSize(p)));
export const fpNeg = (e: A64, p: Precision, a: Value): Value => xor(e, a, signBits(e, laneSize(p)));

/** FPMulX(): zero times infinity is two. */
export const fpMulX: FpBinary = (e, p, bits, n, m) => {
  const [a, b] = [flushInputs(e, p, bits, n), flushInputs(e, p, bits, m)];
  const isZero = (v: Value): Value => fpLanes(e, p, "eq", v, zero(e));
  const isInfinite = (v: Value): Value => fpLanes(e, p, "eq", fpAbs(e, p, v), infinity(e, p));
  const special = or(e, and(e, isZero(a), isInfinite(b)), and(e, isInfinite(a), isZero(b)));
  const two = fpLanes(e, p, "add", one(e, p), one(e, p));
  // Two times one, with the signs that the factors have.
  const signed = (v: Value, unsigned: Value): Value => select(e, signBits(e, laneSize(p)), v, unsigned);
  return fpMul(e, p, bits, select(e, special, signed(a, two), a), select(e, special, signed(b, one(e, p)), b));
};

/** FPMaxNum(), FPMinNum(): a quiet NaN beside a number gives the number. */
const numeric =
  (name: "max" | "min"): FpBinary =>
  (e, p, bits, n, m) => {
    const [a, b] = [flushInputs(e, p, bits, n), flushInputs(e, p, bits, m)];
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
  n: Value,
  m: Value,
): Value {
  const [a, b] = [flushInputs(e, p, bits, n), flushInputs(e, p, bits, m)];
  const unordered = keep(e, bits, or(e, isNan(e, p, a), isNan(e, p, b)));
  e.if(anyTrue(e, unordered), () => {
    const invalid =
      name === "eq" ? keep(e, bits, or(e, isSignallingNan(e, p, a), isSignallingNan(e, p, b))) : unordered;
    raiseFlag(e, IOC, anyTrue(e, invalid));
  });
  return fpLanes(e, p, name, a, b);
}
