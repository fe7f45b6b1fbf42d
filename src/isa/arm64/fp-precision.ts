import type { Routine, Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { DEFAULT_NAN, fpLanes, IOC, isNan, isSignallingNan, raiseFlag } from "./fp-arithmetic.ts";
import { and, anyTrue, gatherLanes, keep, lanes, or, replaceLane, select, shift, splat, zero } from "./simd-vector.ts";
import { state } from "./state.ts";

/** Conversions between half, single and double precision: FPConvert(). A NaN keeps its sign and its top fraction bits, and becomes quiet. */

const HALF_DEFAULT_NAN = 0x7e00;

const defaultNans = (e: A64): Value => e.and(32, e.shrU(32, e.read(state.fpcr), 25), e.i32(1));

/** The two low singles to doubles; `bits` counts the singles that matter. */
export function singleToDouble(e: A64, bits: number, a: Value): Value {
  const result = e.variable(fpLanes(e, 1, "promote_low_f32x4", a));
  const nans = keep(e, bits, isNan(e, 0, a));
  e.if(anyTrue(e, nans), () => {
    raiseFlag(e, IOC, anyTrue(e, keep(e, bits, isSignallingNan(e, 0, a))));
    const wide = lanes(e, 3, "extend_low_i32x4_u", a);
    const sign = shift(e, 3, "shl", and(e, wide, splat(e, 3, 0x80000000n)), 32);
    const fraction = shift(e, 3, "shl", and(e, wide, splat(e, 3, 0x7fffffn)), 29);
    const nan = or(e, or(e, sign, fraction), splat(e, 3, DEFAULT_NAN[1]));
    const fixed = e.select(defaultNans(e), splat(e, 3, DEFAULT_NAN[1]), nan);
    e.set(result, select(e, lanes(e, 3, "extend_low_i32x4_s", nans), fixed, e.get(result)));
  });
  return e.get(result);
}

/** Two doubles (one when `bits` is 64) to singles in the low half, zeros above. */
export function doubleToSingle(e: A64, bits: number, a: Value): Value {
  const result = e.variable(e.op("f32x4.demote_f64x2_zero", a));
  const nans = keep(e, bits, isNan(e, 1, a));
  e.if(anyTrue(e, nans), () => {
    raiseFlag(e, IOC, anyTrue(e, keep(e, bits, isSignallingNan(e, 1, a))));
    const sign = and(e, shift(e, 3, "shr_u", a, 32), splat(e, 3, 0x80000000n));
    const fraction = and(e, shift(e, 3, "shr_u", a, 29), splat(e, 3, 0x7fffffn));
    const nan = or(e, or(e, sign, fraction), splat(e, 3, DEFAULT_NAN[0]));
    const fixed = e.select(defaultNans(e), splat(e, 3, DEFAULT_NAN[0]), nan);
    const low = (v: Value): Value => gatherLanes(e, 2, [v], (lane) => (lane < 2 ? 2 * lane : -1));
    e.set(result, select(e, low(nans), low(fixed), e.get(result)));
  });
  return e.get(result);
}

/** (bits of a double i64) → bits of the nearest half i32. Alternative half precision (FPCR.AHP) is not there. */
const doubleToHalfRoutine: Routine<A64> = {
  name: "doubleToHalf",
  params: ["i64"],
  result: "i32",
  body(e: A64, a: Value): Value {
    const sign = e.wrap(e.and(64, e.shrU(64, a, 48), e.i64(0x8000)));
    const magnitude = e.and(64, a, e.i64((1n << 63n) - 1n));
    const infinity = e.i64(0x7ff0000000000000n);
    e.if(e.ltU(64, infinity, magnitude), () => {
      raiseFlag(e, IOC, e.eqz(64, e.and(64, a, e.i64(1n << 51n))));
      const fraction = e.and(32, e.wrap(e.shrU(64, a, 42)), e.i32(0x3ff));
      const nan = e.or(32, e.or(32, sign, e.i32(HALF_DEFAULT_NAN)), fraction);
      e.return(e.select(defaultNans(e), e.i32(HALF_DEFAULT_NAN), nan));
    });
    const exponent = e.sub(64, e.shrU(64, magnitude, 52), e.i64(1023));
    e.if(e.geS(64, exponent, e.i64(16)), () => e.return(e.or(32, sign, e.i32(0x7c00))));
    const significand = e.or(64, e.and(64, a, e.i64((1n << 52n) - 1n)), e.i64(1n << 52n));
    const subnormal = e.ltS(64, exponent, e.i64(-14));
    const wanted = e.select(subnormal, e.sub(64, e.i64(28), exponent), e.i64(42));
    const by = e.select(e.ltU(64, e.i64(62), wanted), e.i64(62), wanted);
    const truncated = e.shrU(64, significand, by);
    const rest = e.sub(64, significand, e.shl(64, truncated, by));
    // Above half, or exactly half with an odd result: rest + odd > half.
    const half = e.shl(64, e.i64(1), e.sub(64, by, e.i64(1)));
    const odd = e.and(64, truncated, e.i64(1));
    const up = e.zeroExtend(64, e.ltU(64, half, e.add(64, rest, odd)));
    const field = e.select(subnormal, e.i64(0), e.shl(64, e.add(64, exponent, e.i64(14)), 10));
    return e.or(32, sign, e.wrap(e.add(64, field, e.add(64, truncated, up))));
  },
};

/** (bits of a half i32) → bits of the double i64. */
const halfToDoubleRoutine: Routine<A64> = {
  name: "halfToDouble",
  params: ["i32"],
  result: "i64",
  body(e: A64, a: Value): Value {
    const sign = e.shl(64, e.zeroExtend(64, e.and(32, a, e.i32(0x8000))), 48);
    const field = e.and(32, e.shrU(32, a, 10), e.i32(31));
    const fraction = e.and(32, a, e.i32(0x3ff));
    const wide = e.shl(64, e.zeroExtend(64, fraction), 42);
    e.if(e.eqz(32, field), () => {
      const value = e.op("f64.mul", e.op("f64.convert_i32_u", fraction), e.f64(2 ** -24));
      e.return(e.or(64, sign, e.op("i64.reinterpret_f64", value)));
    });
    e.if(e.eq(32, field, e.i32(31)), () => {
      e.if(e.eqz(32, fraction), () => e.return(e.or(64, sign, e.i64(0x7ff0000000000000n))));
      raiseFlag(e, IOC, e.eqz(32, e.and(32, a, e.i32(0x200))));
      const nan = e.or(64, e.or(64, sign, wide), e.i64(DEFAULT_NAN[1]));
      e.return(e.select(defaultNans(e), e.i64(DEFAULT_NAN[1]), nan));
    });
    const exponent = e.shl(64, e.zeroExtend(64, e.add(32, field, e.i32(1008))), 52);
    return e.or(64, e.or(64, sign, exponent), wide);
  },
};

export const doubleToHalf = (e: A64, a: Value): Value => e.call(doubleToHalfRoutine, a);
export const halfToDouble = (e: A64, a: Value): Value => e.call(halfToDoubleRoutine, a);

/** Four singles to halves in the low 64 bits. */
export function singlesToHalves(e: A64, a: Value): Value {
  const doubles = [
    singleToDouble(e, 64, a),
    singleToDouble(
      e,
      64,
      gatherLanes(e, 3, [a], () => 1),
    ),
  ];
  let result = zero(e);
  for (let lane = 0; lane < 4; lane++) {
    const bits = e.op("i64x2.extract_lane", doubles[lane >> 1]!, lane & 1);
    result = replaceLane(e, 1, result, lane, doubleToHalf(e, bits));
  }
  return result;
}

/** The low four halves to singles. */
export function halvesToSingles(e: A64, a: Value): Value {
  const pair = (first: number): Value => {
    const bits = (lane: number): Value => halfToDouble(e, e.op("i16x8.extract_lane_u", a, lane));
    return doubleToSingle(e, 128, replaceLane(e, 3, lanes(e, 3, "splat", bits(first)), 1, bits(first + 1)));
  };
  return gatherLanes(e, 3, [pair(0), pair(2)], (lane) => 2 * lane);
}

/** FCVTXN: a double to the single below it in magnitude, its last bit set when inexact. */
export function doubleToSingleOdd(e: A64, bits: number, a: Value): Value {
  const rounded = e.variable(doubleToSingle(e, bits, a));
  const single = e.get(rounded);
  const back = fpLanes(e, 1, "promote_low_f32x4", single);
  const magnitude = (v: Value): Value => e.op("v128.andnot", v, splat(e, 3, 1n << 63n));
  const above = fpLanes(e, 1, "gt", magnitude(back), magnitude(a));
  const inexact = e.op("v128.andnot", fpLanes(e, 1, "ne", back, a), isNan(e, 1, a));
  const low = (v: Value): Value => gatherLanes(e, 2, [v], (lane) => (lane < 2 ? 2 * lane : -1));
  // One less in magnitude is one less as an integer, for numbers of either sign.
  const down = lanes(e, 2, "add", single, low(above));
  return or(e, down, and(e, low(inexact), splat(e, 2, 1)));
}
