import type { Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { fpAbs, fpLanes, IOC, laneSize, one, type Precision, raiseFlag, withNans } from "./fp-arithmetic.ts";
import { and, anyTrue, keep, lanes, not, or, replaceLane, select, signBits, splat } from "./simd-vector.ts";
import { state } from "./state.ts";

/** Rounding to integral values, and conversions between lanes of floating-point numbers and integers of the same size. */

/** The manual's FPRounding; `current` is FPCR.RMode. */
export type Rounding = "nearest" | "ceil" | "floor" | "trunc" | "away" | "current";

/** Rounded values with NaNs as Wasm leaves them. */
export function roundLanes(e: A64, p: Precision, rounding: Rounding, a: Value): Value {
  if (rounding === "away") return roundAway(e, p, a);
  if (rounding !== "current") return fpLanes(e, p, rounding, a);
  const result = e.variable(fpLanes(e, p, "nearest", a));
  const mode = e.and(32, e.shrU(32, e.read(state.fpcr), 22), e.i32(3));
  (["ceil", "floor", "trunc"] as const).forEach((name, i) => {
    e.if(e.eq(32, mode, e.i32(i + 1)), () => e.set(result, fpLanes(e, p, name, a)));
  });
  return e.get(result);
}

/** Halves away from zero. */
function roundAway(e: A64, p: Precision, a: Value): Value {
  const truncated = fpLanes(e, p, "trunc", a);
  const half = splat(e, laneSize(p), p ? 0x3fe0000000000000n : 0x3f000000n);
  const far = fpLanes(e, p, "ge", fpAbs(e, p, fpLanes(e, p, "sub", a, truncated)), half);
  const unit = or(e, one(e, p), and(e, a, signBits(e, laneSize(p))));
  return select(e, far, fpLanes(e, p, "add", truncated, unit), truncated);
}

/** FPRoundInt(). */
export function fpRoundIntegral(e: A64, p: Precision, bits: number, rounding: Rounding, a: Value): Value {
  return withNans(e, p, bits, roundLanes(e, p, rounding, a), a);
}

const FLOAT_BITS = new DataView(new ArrayBuffer(8));

/** The bits of a number in a precision. */
export function bitsOf(p: Precision, value: number): bigint {
  if (p === 0) {
    FLOAT_BITS.setFloat32(0, value);
    return BigInt(FLOAT_BITS.getUint32(0));
  }
  FLOAT_BITS.setFloat64(0, value);
  return FLOAT_BITS.getBigUint64(0);
}

/** Sets FPSR.IOC where a rounded number (or NaN) does not fit an integer of `width` bits. */
export function noteUnrepresentable(
  e: A64,
  p: Precision,
  bits: number,
  signed: boolean,
  width: number,
  rounded: Value,
): void {
  const limit = (value: number): Value => splat(e, laneSize(p), bitsOf(p, value));
  const low = fpLanes(e, p, "ge", rounded, limit(signed ? -(2 ** (width - 1)) : 0));
  const high = fpLanes(e, p, "lt", rounded, limit(2 ** (signed ? width - 1 : width)));
  const misfit = keep(e, bits, not(e, and(e, low, high)));
  e.if(anyTrue(e, misfit), () => raiseFlag(e, IOC, e.i32(1)));
}

/** FPToFixed() to integers of the lane's size, saturating. */
export function fpToInteger(e: A64, p: Precision, bits: number, signed: boolean, rounding: Rounding, a: Value): Value {
  const rounded = roundLanes(e, p, rounding, a);
  noteUnrepresentable(e, p, bits, signed, 32 << p, rounded);
  const sign = signed ? "s" : "u";
  if (p === 0) return e.op(`i32x4.trunc_sat_f32x4_${sign}`, rounded);
  return eachDouble(e, bits, (lane) => e.op(`i64.trunc_sat_f64_${sign}`, e.op("f64x2.extract_lane", rounded, lane)));
}

/** FixedToFP() from integers of the lane's size. */
export function integerToFp(e: A64, p: Precision, bits: number, signed: boolean, a: Value): Value {
  const sign = signed ? "s" : "u";
  if (p === 0) return e.op(`f32x4.convert_i32x4_${sign}`, a);
  return eachDouble(e, bits, (lane) =>
    e.op("i64.reinterpret_f64", e.op(`f64.convert_i64_${sign}`, e.op("i64x2.extract_lane", a, lane))),
  );
}

function eachDouble(e: A64, bits: number, compute: (lane: number) => Value): Value {
  const first = lanes(e, 3, "splat", compute(0));
  return bits === 128 ? replaceLane(e, 3, first, 1, compute(1)) : first;
}
