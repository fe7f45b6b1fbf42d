import type { Routine, Value } from "../index.ts";
import { and, anyTrue, keep, lanes, not, or, replaceLane, select, shift, splat, zero } from "../vector.ts";
import { isNanBits, magnitude, signOf, unpack } from "../float.ts";
import type { A64 } from "./emitter.ts";
import { flushInputs, fpLanes, infinity, isNan, isSignallingNan } from "./fp-arithmetic.ts";
import {
  AHP,
  ALTERNATIVE_HALF,
  control,
  DN,
  FORMATS,
  FZ,
  HALF,
  IOC,
  isDefaultRounding,
  IXC,
  raiseFlag,
  raiseFlags,
  RMODE,
} from "./fp-format.ts";
import { flushInput, round, ROUND_TO_ODD } from "./fp-soft.ts";
import { state } from "./state.ts";

/**
 * Conversions between half (3), single (0) and double precision (1): FPConvert(). A NaN keeps its sign and its top fraction
 * bits, and becomes quiet. Half precision knows no flushing (FPCR.FZ16 is not in Armv8.0).
 */

/** The two low singles to doubles; `bits` counts the singles that matter. */
export function singleToDouble(e: A64, bits: number, operand: Value): Value {
  const a = flushInputs(e, 0, bits, operand);
  const result = e.variable(fpLanes(e, 1, "promote_low_f32x4", a));
  const nans = keep(e, bits, isNan(e, 0, a));
  e.if(anyTrue(e, nans), () => {
    raiseFlag(e, IOC, anyTrue(e, keep(e, bits, isSignallingNan(e, 0, a))));
    const wide = lanes(e, 3, "extend_low_i32x4_u", a);
    const sign = shift(e, 3, "shl", and(e, wide, splat(e, 3, 0x80000000n)), 32);
    const fraction = shift(e, 3, "shl", and(e, wide, splat(e, 3, 0x7fffffn)), 29);
    const nan = or(e, or(e, sign, fraction), splat(e, 3, FORMATS[1].defaultNan));
    const fixed = e.select(control(e, DN), splat(e, 3, FORMATS[1].defaultNan), nan);
    e.set(result, select(e, lanes(e, 3, "extend_low_i32x4_s", nans), fixed, e.get(result)));
  });
  return e.get(result);
}

/** What a NaN becomes in another format. */
function convertNan(e: A64, from: number, to: number, a: Value): Value {
  const [f, t] = [FORMATS[from]!, FORMATS[to]!];
  raiseFlag(e, IOC, e.eqz(64, e.and(64, a, e.i64(f.quiet))));
  e.if(control(e, DN), () => e.return(e.i64(t.defaultNan)));
  const payload = magnitude(e, f, a);
  const fraction =
    f.fraction > t.fraction
      ? e.shrU(64, payload, f.fraction - t.fraction)
      : e.shl(64, payload, t.fraction - f.fraction);
  const kept = e.and(64, fraction, e.i64(t.quiet - 1n));
  return e.or(64, e.shl(64, signOf(e, f, a), t.bits - 1), e.or(64, e.i64(t.defaultNan), kept));
}

/** FPCR for a rounding to half precision. */
const withoutFlushing = (e: A64): Value => control(e, RMODE);

/** A number that is no NaN, in another format. */
function convertNumber(e: A64, from: number, to: number, a: Value, fpcr: Value): Value {
  const [f, t] = [FORMATS[from]!, FORMATS[to]!];
  const sign = signOf(e, f, a);
  const signed = e.shl(64, sign, t.bits - 1);
  const m = magnitude(e, f, a);
  e.if(e.eqz(64, m), () => e.return(signed));
  // The alternative half precision has numbers where the others have infinity.
  if (from !== ALTERNATIVE_HALF)
    e.if(e.eq(64, m, e.i64(f.infinity)), () => {
      if (to === ALTERNATIVE_HALF) raiseFlags(e, IOC);
      e.return(e.or(64, signed, e.i64(to === ALTERNATIVE_HALF ? t.infinity - 1n : t.infinity)));
    });
  const { exponent, significand } = unpack(e, f, a);
  return round(e, to, sign, { exponent: e.add(64, exponent, e.i64(t.bias - f.bias)), significand }, fpcr);
}

function conversion(from: number, to: number): Routine<A64> {
  const f = FORMATS[from]!;
  return {
    name: `convert${f.name}To${FORMATS[to]!.name}`,
    params: ["i64"],
    result: "i64",
    body(e: A64, operand: Value): Value {
      const a = from === HALF ? operand : flushInput(e, from, operand);
      if (from === HALF)
        e.if(control(e, AHP), () => e.return(convertNumber(e, ALTERNATIVE_HALF, to, a, withoutFlushing(e))));
      if (to === HALF)
        e.if(control(e, AHP), () => {
          e.if(isNanBits(e, f, a), () => {
            raiseFlags(e, IOC);
            e.return(e.shl(64, signOf(e, f, a), 15));
          });
          e.return(convertNumber(e, from, ALTERNATIVE_HALF, a, withoutFlushing(e)));
        });
      e.if(isNanBits(e, f, a), () => e.return(convertNan(e, from, to, a)));
      return convertNumber(e, from, to, a, to === HALF ? withoutFlushing(e) : control(e, RMODE | FZ));
    },
  };
}

const conversions = new Map(
  [
    [0, HALF],
    [1, HALF],
    [HALF, 0],
    [HALF, 1],
    [1, 0],
  ].map(([from, to]) => [`${from} ${to}`, conversion(from!, to!)] as const),
);
/** An encoding (i64) in another format. */
export const convertPrecision = (e: A64, from: number, to: number, a: Value): Value =>
  e.call(conversions.get(`${from} ${to}`)!, a);

/** FCVTXN of an encoding: a single, its last bit set when it is inexact. */
const doubleToOdd: Routine<A64> = {
  name: "convertDoubleToOddSingle",
  params: ["i64"],
  result: "i64",
  body(e: A64, operand: Value): Value {
    const a = flushInput(e, 1, operand);
    e.if(isNanBits(e, FORMATS[1], a), () => e.return(convertNan(e, 1, 0, a)));
    return convertNumber(e, 1, 0, a, e.or(32, control(e, FZ), e.i32(ROUND_TO_ODD)));
  },
};

/** The low lanes of `a` (`bits` of it), as the low lanes of half the size or twice the size; zeros above. */
function eachLane(e: A64, bits: number, from: number, to: number, a: Value, compute: (a: Value) => Value): Value {
  let result = zero(e);
  for (let lane = 0; lane < bits >> (3 + from); lane++) {
    const element = lanes(e, from, from === 1 ? "extract_lane_u" : "extract_lane", a, lane);
    const value = compute(e.zeroExtend(64, element));
    result = replaceLane(e, to, result, lane, to === 3 ? value : e.wrap(value));
  }
  return result;
}

/** Two doubles (one when `bits` is 64) to singles in the low half, zeros above. */
export function doubleToSingle(e: A64, bits: number, a: Value): Value {
  const result = e.variable(e.op("f32x4.demote_f64x2_zero", a));
  const back = fpLanes(e, 1, "promote_low_f32x4", e.get(result));
  const size = fpLanes(e, 1, "abs", back);
  const normal = and(e, fpLanes(e, 1, "lt", size, infinity(e, 1)), aboveSmallest(e, size));
  const settled = splatted(e, e.and(32, e.read(state.fpsr), e.i32(IXC)));
  const good = and(e, normal, or(e, settled, fpLanes(e, 1, "eq", back, a)));
  const all = e.eqz(32, anyTrue(e, keep(e, bits, not(e, good))));
  e.if(e.eqz(32, e.and(32, all, isDefaultRounding(e))), () =>
    e.set(
      result,
      eachLane(e, bits, 3, 2, a, (n) => convertPrecision(e, 1, 0, n)),
    ),
  );
  return e.get(result);
}
const aboveSmallest = (e: A64, size: Value): Value => fpLanes(e, 1, "gt", size, splat(e, 3, 0x3810000000000000n));
const splatted = (e: A64, flag: Value): Value => e.select(flag, splat(e, 0, 255), zero(e));

/** Four singles to halves in the low 64 bits. */
export const singlesToHalves = (e: A64, a: Value): Value =>
  eachLane(e, 128, 2, 1, a, (n) => convertPrecision(e, 0, HALF, n));

/** The low four halves to singles. */
export const halvesToSingles = (e: A64, a: Value): Value =>
  eachLane(e, 64, 1, 2, a, (n) => convertPrecision(e, HALF, 0, n));

/** FCVTXN: doubles to singles in the low half. */
export const doubleToSingleOdd = (e: A64, bits: number, a: Value): Value =>
  eachLane(e, bits, 3, 2, a, (n) => e.call(doubleToOdd, n));
