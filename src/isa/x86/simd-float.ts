import type { Routine, Value } from "../index.ts";
import { and, anyTrue, keep, lanes, or, replaceLane, select, signBits, splat, xor, zero } from "../vector.ts";
import type { X86 } from "./emitter.ts";
import { DAZ, DE, IE, isSettled, mxcsrBits, noteIf, withFlags } from "./mxcsr.ts";
import { defaultNan, FORMATS, type Precision, softAdd, softDivide, softMultiply, softRoot } from "./soft-float.ts";

/**
 * SSE's arithmetic on lanes; `bits` says how much of a vector counts: 128, or one number. WebAssembly's own operation gives the
 * result where it can be seen that no flag is new; anything else is for the integer routines (docs/decisions/0017).
 */

export type FloatBits = 32 | 64 | 128;
export const numberBits = (p: Precision): 32 | 64 => (p ? 64 : 32);
/** The lane size of a precision. */
export const laneSize = (p: Precision): number => p + 2;

export const floats = (e: X86, p: Precision, name: string, ...operands: (Value | number)[]): Value =>
  e.op(`${p ? "f64x2" : "f32x4"}.${name}`, ...operands);
export const scalarFloat = (e: X86, p: Precision, name: string, ...operands: Value[]): Value =>
  e.op(`${p ? "f64" : "f32"}.${name}`, ...operands);
const constant = (e: X86, p: Precision, value: number): Value => (p ? e.f64(value) : e.f32(value));
/** Lane 0 as a number; a number as a vector, zeros above. */
export const numberOf = (e: X86, p: Precision, a: Value): Value => floats(e, p, "extract_lane", a, 0);
export const vectorOfNumber = (e: X86, p: Precision, a: Value): Value => floats(e, p, "replace_lane", zero(e), a, 0);

const smallest = (p: Precision): number => (p ? 2 ** -1022 : 2 ** -126);

const magnitudes = (e: X86, p: Precision, a: Value): Value => e.op("v128.andnot", a, signBits(e, laneSize(p)));
const nanLanes = (e: X86, p: Precision, a: Value): Value => floats(e, p, "ne", a, a);
const signallingLanes = (e: X86, p: Precision, a: Value): Value => {
  const quiet = and(e, a, splat(e, laneSize(p), FORMATS[p].quiet));
  return and(e, nanLanes(e, p, a), lanes(e, laneSize(p), "eq", quiet, zero(e)));
};
const denormalLanes = (e: X86, p: Precision, a: Value): Value => {
  const tiny = floats(e, p, "lt", magnitudes(e, p, a), splat(e, laneSize(p), FORMATS[p].smallestNormal));
  return and(e, tiny, floats(e, p, "ne", a, zero(e)));
};

/** Routines of encodings as a routine of vectors: (operands…, lanes to compute i32) → lanes. */
function lanewise(routine: Routine<never>, from: Precision, to: Precision): Routine<X86> {
  return {
    name: `${routine.name}Lanes`,
    params: [...routine.params.map(() => "v128" as const), "i32"],
    result: "v128",
    body(e, ...values) {
      const operands = values.slice(0, -1);
      const result = e.variable(zero(e));
      for (let lane = 0; lane < (from || to ? 2 : 4); lane++)
        e.if(e.ltU(32, e.i32(lane), values.at(-1)!), () => {
          const elements = operands.map((v) => e.zeroExtend(64, lanes(e, laneSize(from), "extract_lane", v, lane)));
          const value = e.call(routine, ...elements);
          e.set(result, replaceLane(e, laneSize(to), e.get(result), lane, to ? value : e.wrap(value)));
        });
      return e.get(result);
    },
  };
}

/** A routine of encodings by precision of its result, for vectors. `converts`: its operand has the other precision. */
export function softLanes(
  routines: readonly [Routine<never>, Routine<never>],
  converts = false,
): (e: X86, p: Precision, count: number, ...operands: Value[]) => Value {
  const [single, double] = routines.map((routine, p) => {
    const to = p as Precision;
    return lanewise(routine, converts ? (p ? 0 : 1) : to, to);
  });
  return (e, p, count, ...operands) => e.call(p ? double! : single!, ...operands, e.i32(count));
}

/** What WebAssembly's result must be so that it stands; a zero may be what is left of a difference, or a root. */
type Range = "normal" | "normal or zero";

/** 1 when the result stands, and its operands are ordinary ones. */
function stands(e: X86, p: Precision, bits: FloatBits, range: Range, result: Value, operands: readonly Value[]): Value {
  if (bits !== 128) {
    const size = scalarFloat(e, p, "abs", numberOf(e, p, result));
    const isZero = (value: Value): Value => scalarFloat(e, p, "eq", value, constant(e, p, 0));
    const normal = e.and(
      32,
      scalarFloat(e, p, "gt", size, constant(e, p, smallest(p))),
      scalarFloat(e, p, "lt", size, constant(e, p, Infinity)),
    );
    const good = range === "normal" ? normal : e.or(32, normal, isZero(size));
    return operands
      .map((operand) => scalarFloat(e, p, "abs", numberOf(e, p, operand)))
      .map((value) => e.or(32, scalarFloat(e, p, "ge", value, constant(e, p, smallest(p))), isZero(value)))
      .reduce((all, one) => e.and(32, all, one), e.and(32, good, isSettled(e)));
  }
  const limit = splat(e, laneSize(p), FORMATS[p].smallestNormal);
  const size = magnitudes(e, p, result);
  const isZero = (value: Value): Value => floats(e, p, "eq", value, zero(e));
  const infinity = splat(e, laneSize(p), FORMATS[p].infinity);
  const normal = and(e, floats(e, p, "gt", size, limit), floats(e, p, "lt", size, infinity));
  const good = range === "normal" ? normal : or(e, normal, isZero(size));
  const all = operands
    .map((operand) => or(e, floats(e, p, "ge", magnitudes(e, p, operand), limit), isZero(operand)))
    .reduce((sum, one) => and(e, sum, one), good);
  return e.and(32, lanes(e, laneSize(p), "all_true", all), isSettled(e));
}

/** Computes quickly, or else exactly and with flags. `soft` has further operands that the quick operation has not. */
function arithmetic(
  name: string,
  range: Range,
  routines: readonly [Routine<never>, Routine<never>],
): (e: X86, p: Precision, bits: FloatBits, operands: readonly Value[], soft?: readonly Value[]) => Value {
  const slow = softLanes(routines);
  return (e, p, bits, operands, soft = operands) => {
    const quick =
      bits === 128
        ? floats(e, p, name, ...operands)
        : vectorOfNumber(e, p, scalarFloat(e, p, name, ...operands.map((a) => numberOf(e, p, a))));
    const result = e.variable(quick);
    e.if(e.eqz(32, stands(e, p, bits, range, quick, operands)), () =>
      withFlags(e, () => e.set(result, slow(e, p, bits / numberBits(p), ...soft))),
    );
    return e.get(result);
  };
}

export type FloatBinary = (e: X86, p: Precision, bits: FloatBits, a: Value, b: Value) => Value;

const sum = arithmetic("add", "normal or zero", softAdd);
const product = arithmetic("mul", "normal", softMultiply);
const quotient = arithmetic("div", "normal", softDivide);
const root = arithmetic("sqrt", "normal or zero", softRoot);

/** The sum of `a` and of `b` with some of its signs turned; NaNs keep theirs. */
const signedSum = (e: X86, p: Precision, bits: FloatBits, a: Value, b: Value, flips: Value): Value =>
  sum(e, p, bits, [a, xor(e, b, flips)], [a, b, flips]);
export const add: FloatBinary = (e, p, bits, a, b) => signedSum(e, p, bits, a, b, zero(e));
export const subtract: FloatBinary = (e, p, bits, a, b) => signedSum(e, p, bits, a, b, signBits(e, laneSize(p)));
/** Differences in even lanes, sums in odd ones. */
export const addSubtract: FloatBinary = (e, p, bits, a, b) => {
  const bytes = numberBits(p) / 8;
  const flips = Array.from({ length: 16 }, (_, n) => (n % (2 * bytes) === bytes - 1 ? 0x80 : 0));
  return signedSum(e, p, bits, a, b, e.vector(flips));
};
export const multiply: FloatBinary = (e, p, bits, a, b) => product(e, p, bits, [a, b]);
export const divide: FloatBinary = (e, p, bits, a, b) => quotient(e, p, bits, [a, b]);
export const squareRoot = (e: X86, p: Precision, bits: FloatBits, a: Value): Value => root(e, p, bits, [a]);

/** Denormal lanes made zeros of their sign, where DAZ says so. */
export function flushed(e: X86, p: Precision, a: Value): Value {
  const zeroes = e.op("v128.andnot", a, e.op("v128.andnot", denormalLanes(e, p, a), signBits(e, laneSize(p))));
  return e.select(mxcsrBits(e, DAZ), zeroes, a);
}

/** (a, b, lanes that count, 1: any NaN is invalid) → notes the flags of a comparison. */
const inspections = ([0, 1] as const).map((p): Routine<X86> => ({
  name: `simdInspect${FORMATS[p].name}`,
  params: ["v128", "v128", "v128", "i32"],
  result: undefined,
  body(e, a, b, counted, anyNan) {
    const unordered = or(e, nanLanes(e, p, a!), nanLanes(e, p, b!));
    const signalling = or(e, signallingLanes(e, p, a!), signallingLanes(e, p, b!));
    noteIf(e, IE, anyTrue(e, and(e, counted!, e.select(anyNan!, unordered, signalling))));
    const denormal = and(e, counted!, or(e, denormalLanes(e, p, a!), denormalLanes(e, p, b!)));
    const seen = anyTrue(e, e.op("v128.andnot", denormal, unordered));
    noteIf(e, DE, e.and(32, seen, e.eqz(32, mxcsrBits(e, DAZ))));
  },
}));

/** Operands as comparisons see them, their flags noted. `anyNan`: quiet ones are invalid, too. */
export function compared(
  e: X86,
  p: Precision,
  bits: FloatBits,
  anyNan: boolean | Value,
  a: Value,
  b: Value,
): readonly [Value, Value] {
  const [left, right] = [e.variable(a), e.variable(b)];
  const all = splat(e, 0, 255);
  const unusual = (v: Value): Value => or(e, nanLanes(e, p, v), denormalLanes(e, p, v));
  e.if(anyTrue(e, keep(e, bits, or(e, unusual(a), unusual(b)))), () => {
    const any = typeof anyNan === "boolean" ? e.i32(anyNan ? 1 : 0) : anyNan;
    withFlags(e, () => void e.call(inspections[p]!, a, b, keep(e, bits, all), any));
    e.set(left, flushed(e, p, a));
    e.set(right, flushed(e, p, b));
  });
  return [e.get(left), e.get(right)];
}

/** The second operand where they are equal or unordered. */
export const extreme =
  (name: "pmin" | "pmax"): FloatBinary =>
  (e, p, bits, a, b) => {
    const [x, y] = compared(e, p, bits, true, a, b);
    return floats(e, p, name, y, x);
  };

/** By the predicate of an immediate (i32, 0 to 7): all ones where it holds. */
export function compare(e: X86, p: Precision, bits: FloatBits, predicate: Value, a: Value, b: Value): Value {
  // Less, less or equal, and their opposites.
  const ordering = e.ne(32, e.and(32, e.sub(32, predicate, e.i32(1)), e.i32(2)), e.i32(2));
  const [x, y] = compared(e, p, bits, ordering, a, b);
  const kind = e.and(32, predicate, e.i32(3));
  const unordered = or(e, nanLanes(e, p, x), nanLanes(e, p, y));
  const holds = e.variable(floats(e, p, "eq", x, y));
  e.if(e.eq(32, kind, e.i32(1)), () => e.set(holds, floats(e, p, "lt", x, y)));
  e.if(e.eq(32, kind, e.i32(2)), () => e.set(holds, floats(e, p, "le", x, y)));
  e.if(e.eq(32, kind, e.i32(3)), () => e.set(holds, unordered));
  return xor(e, e.get(holds), e.select(e.and(32, predicate, e.i32(4)), splat(e, 0, 255), zero(e)));
}

const finiteLanes = (e: X86, p: Precision, size: Value): Value =>
  floats(e, p, "lt", size, splat(e, laneSize(p), FORMATS[p].infinity));
const splatNumber = (e: X86, p: Precision, value: number): Value => floats(e, p, "splat", constant(e, p, value));

/** All ones where lanes are finite, and their size is above a number. */
export function aboveLanes(e: X86, p: Precision, a: Value, least: number): Value {
  const size = magnitudes(e, p, a);
  return and(e, floats(e, p, "gt", size, splatNumber(e, p, least)), finiteLanes(e, p, size));
}

/** All ones where lanes are neither denormal nor infinite nor NaNs. */
export function ordinaryLanes(e: X86, p: Precision, a: Value): Value {
  const size = magnitudes(e, p, a);
  const normal = floats(e, p, "ge", size, splatNumber(e, p, smallest(p)));
  return or(e, and(e, normal, finiteLanes(e, p, size)), floats(e, p, "eq", size, zero(e)));
}

/**
 * What comes near 1/a or 1/√a, and raises nothing: the quotient itself, to nearest. Denormal numbers are zeros, before and
 * after.
 */
export function reciprocal(e: X86, ofRoot: boolean, operand: Value): Value {
  const without = (a: Value): Value =>
    e.op("v128.andnot", a, e.op("v128.andnot", denormalLanes(e, 0, a), signBits(e, 2)));
  const a = without(operand);
  const divisor = ofRoot ? floats(e, 0, "sqrt", a) : a;
  const quotient = without(floats(e, 0, "div", splatNumber(e, 0, 1), divisor));
  const negative = floats(e, 0, "lt", a, zero(e));
  const number = ofRoot ? select(e, negative, splat(e, 2, defaultNan(FORMATS[0])), quotient) : quotient;
  return select(e, nanLanes(e, 0, a), or(e, a, splat(e, 2, FORMATS[0].quiet)), number);
}
