import type { Routine, Value } from "../index.ts";
import { and, anyTrue, keep, lanes, not, or, replaceLane, select, signBits, splat, zero } from "../vector.ts";
import type { A64 } from "./emitter.ts";
import { flushInputs, fpAbs, fpBits, fpLanes, laneSize, one, type Precision, withNans } from "./fp-arithmetic.ts";
import { FORMATS, IOC, isSettled, IXC, raiseFlag } from "./fp-format.ts";
import { round } from "./fp-soft.ts";
import { state } from "./state.ts";

/** Rounding to integral values, and conversions between lanes of floating-point numbers and integers of the same size. */

/** The manual's FPRounding; `current` is FPCR.RMode. */
export type Rounding = "nearest" | "ceil" | "floor" | "trunc" | "away" | "current";

/** Rounded values with NaNs as Wasm leaves them. */
function roundLanes(e: A64, p: Precision, rounding: Rounding, a: Value): Value {
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

/** FPRoundInt(); `exact`: a result that is another number is inexact. */
export function fpRoundIntegral(
  e: A64,
  p: Precision,
  bits: number,
  rounding: Rounding,
  exact: boolean,
  operand: Value,
): Value {
  const a = flushInputs(e, p, bits, operand);
  const rounded = roundLanes(e, p, rounding, a);
  if (exact) {
    const changed = and(e, fpLanes(e, p, "ne", rounded, a), fpLanes(e, p, "eq", a, a));
    raiseFlag(e, IXC, anyTrue(e, keep(e, bits, changed)));
  }
  return withNans(e, p, bits, rounded, a);
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

/** Rounds lanes for integers of `width` bits: IOC where a number (or NaN) does not fit, else IXC where it was another one. */
export function roundForInteger(
  e: A64,
  p: Precision,
  bits: number,
  signed: boolean,
  width: number,
  rounding: Rounding,
  operand: Value,
): Value {
  const a = flushInputs(e, p, bits, operand);
  const rounded = roundLanes(e, p, rounding, a);
  const limit = (value: number): Value => splat(e, laneSize(p), bitsOf(p, value));
  const low = fpLanes(e, p, "ge", rounded, limit(signed ? -(2 ** (width - 1)) : 0));
  const high = fpLanes(e, p, "lt", rounded, limit(2 ** (signed ? width - 1 : width)));
  const fits = and(e, low, high);
  const same = keep(e, bits, not(e, and(e, fits, fpLanes(e, p, "eq", rounded, a))));
  e.if(anyTrue(e, same), () => {
    raiseFlag(e, IOC, anyTrue(e, keep(e, bits, not(e, fits))));
    raiseFlag(e, IXC, anyTrue(e, and(e, same, fits)));
  });
  return rounded;
}

/** FPToFixed() to integers of the lane's size, saturating. */
export function fpToInteger(e: A64, p: Precision, bits: number, signed: boolean, rounding: Rounding, a: Value): Value {
  const rounded = roundForInteger(e, p, bits, signed, 32 << p, rounding, a);
  const sign = signed ? "s" : "u";
  if (p === 0) return e.op(`i32x4.trunc_sat_f32x4_${sign}`, rounded);
  return eachElement(e, p, bits, (lane) =>
    e.op(`i64.trunc_sat_f64_${sign}`, fpLanes(e, p, "extract_lane", rounded, lane)),
  );
}

/** (sign 0 or 1, magnitude, exponent of two, all i64) → the encoding of the number nearest by FPCR. */
const convertRoutines = [0, 1].map((p): Routine<A64> => ({
  name: `fromInteger${FORMATS[p]!.name}`,
  params: ["i64", "i64", "i64"],
  result: "i64",
  body(e: A64, sign: Value, magnitude: Value, power: Value): Value {
    e.if(e.eqz(64, magnitude), () => e.return(e.i64(0)));
    const lead = e.clz(64, magnitude);
    const exponent = e.add(64, e.sub(64, e.i64(FORMATS[p]!.bias + 63), lead), power);
    return round(e, p, sign, { exponent, significand: e.shl(64, magnitude, lead) });
  },
}));

/** FixedToFP() of one integer, an i64 that is extended from its width, times 2^power (i64): an encoding. */
export function fixedToFp(e: A64, p: Precision, signed: boolean, integer: Value, power: Value): Value {
  const sign = signed ? e.shrU(64, integer, 63) : e.i64(0);
  const magnitude = signed ? e.select(e.wrap(sign), e.neg(64, integer), integer) : integer;
  return e.call(convertRoutines[p]!, sign, magnitude, power);
}

/** FixedToFP() from integers of the lane's size, times 2^power. */
export function integerToFp(e: A64, p: Precision, bits: number, signed: boolean, a: Value, power?: Value): Value {
  const sign = signed ? "s" : "u";
  const size = laneSize(p);
  const quick = (): Value => {
    if (p === 0) return e.op(`f32x4.convert_i32x4_${sign}`, a);
    return eachElement(e, p, bits, (lane) =>
      e.op("i64.reinterpret_f64", e.op(`f64.convert_i64_${sign}`, lanes(e, 3, "extract_lane", a, lane))),
    );
  };
  const scaled = (): Value => {
    if (!power) return quick();
    const factor = e.shl(64, e.add(64, power, e.i64(FORMATS[p]!.bias)), FORMATS[p]!.fraction);
    return fpLanes(e, p, "mul", quick(), lanes(e, size, "splat", p ? factor : e.wrap(factor)));
  };
  const result = e.variable(zero(e));
  e.if(
    isSettled(e),
    () => e.set(result, scaled()),
    () =>
      e.set(
        result,
        eachElement(e, p, bits, (lane) => {
          const element = lanes(e, size, "extract_lane", a, lane);
          const wide = signed ? e.signExtend(64, element, (32 << p) as 32 | 64) : e.zeroExtend(64, element);
          const value = fixedToFp(e, p, signed, wide, power ?? e.i64(0));
          return p ? value : e.wrap(value);
        }),
      ),
  );
  return e.get(result);
}

function eachElement(e: A64, p: Precision, bits: number, compute: (lane: number) => Value): Value {
  let result = lanes(e, laneSize(p), "splat", compute(0));
  for (let lane = 1; lane < bits / fpBits(p); lane++) result = replaceLane(e, laneSize(p), result, lane, compute(lane));
  return result;
}
