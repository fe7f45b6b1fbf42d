import type { Routine, Value } from "../index.ts";
import { and, lanes, replaceLane, select, splat, zero } from "../vector.ts";
import { isNanBits } from "../float.ts";
import type { A64 } from "./emitter.ts";
import { flushInputs, fpBits, laneSize, scalarOrLanes, softRoutines, withNans } from "./fp-arithmetic.ts";
import { DZC, FORMATS, FZ, control, IXC, OFC, type Precision, raiseFlags, UFC } from "./fp-format.ts";
import { flushInput, invalid, propagateNan, roundingMode } from "./fp-soft.ts";
import { state } from "./state.ts";

/** Reciprocal and reciprocal square root estimates: the manual's integer algorithms, eight bits of result. */

/** RecipEstimate(): 256 to 511 as 0.5 to 1.0 (i32 → i32). */
const reciprocalEstimate: Routine<A64> = {
  name: "reciprocalEstimate",
  params: ["i32"],
  result: "i32",
  body(e: A64, a: Value): Value {
    const doubled = e.add(32, e.shl(32, a, 1), e.i32(1));
    const b = e.op("i32.div_u", e.i32(1 << 19), doubled);
    return e.shrU(32, e.add(32, b, e.i32(1)), 1);
  },
};

/** RecipSqrtEstimate(): 128 to 511 as 0.25 to 1.0 (i32 → i32). */
const rootEstimate: Routine<A64> = {
  name: "reciprocalRootEstimate",
  params: ["i32"],
  result: "i32",
  body(e: A64, a: Value): Value {
    const low = e.add(32, e.shl(32, a, 1), e.i32(1));
    const high = e.shl(32, e.add(32, e.and(32, a, e.i32(~1)), e.i32(1)), 1);
    const scaled = e.select(e.ltU(32, a, e.i32(256)), low, high);
    const b = e.variable(e.i32(512));
    const next = (): Value => e.add(32, e.get(b), e.i32(1));
    e.while(
      () => e.ltU(32, e.mul(32, scaled, e.mul(32, next(), next())), e.i32(1 << 28)),
      () => e.set(b, next()),
    );
    return e.shrU(32, next(), 1);
  },
};

const FRACTION = 52;
const fractionMask = (1n << 52n) - 1n;

interface Unpacked {
  readonly sign: Value;
  readonly exponent: Value;
  /** As in double precision: 52 bits. */
  readonly fraction: Value;
}

/** The fields of an encoding (i64), the fraction widened to 52 bits. */
function unpack(e: A64, p: Precision, a: Value): Unpacked {
  const [exponentBits, fractionBits] = p ? [11, 52] : [8, 23];
  const magnitude = e.shl(64, a, 65 - fpBits(p));
  return {
    sign: e.shrU(64, a, fpBits(p) - 1),
    exponent: e.shrU(64, magnitude, 64 - exponentBits),
    fraction: e.and(64, e.shl(64, a, FRACTION - fractionBits), e.i64(fractionMask)),
  };
}

function pack(e: A64, p: Precision, sign: Value, exponent: Value, fraction: Value): Value {
  const fractionBits = p ? 52 : 23;
  const top = e.or(64, e.shl(64, sign, fpBits(p) - 1), e.shl(64, exponent, fractionBits));
  return e.or(64, top, e.shrU(64, fraction, FRACTION - fractionBits));
}

const INFINITE = [255, 2047] as const;

/** The eight bits below the leading one of an estimate, as a fraction. */
const estimated = (e: A64, estimate: Value): Value =>
  e.shl(64, e.zeroExtend(64, e.and(32, estimate, e.i32(255))), FRACTION - 8);

/** FPRecipEstimate() of an encoding. */
function reciprocal(e: A64, p: Precision, operand: Value): Value {
  const a = flushInput(e, p, operand);
  const parts = unpack(e, p, a);
  const { sign, exponent, fraction } = parts;
  const infinity = (): Value => pack(e, p, sign, e.i64(INFINITE[p]!), e.i64(0));
  e.if(isNanBits(e, FORMATS[p]!, a), () => e.return(propagateNan(e, p, a)));
  e.if(e.eq(64, exponent, e.i64(INFINITE[p]!)), () => e.return(pack(e, p, sign, e.i64(0), e.i64(0))));
  const subnormal = e.eqz(64, exponent);
  e.if(e.and(32, subnormal, e.eqz(64, fraction)), () => {
    raiseFlags(e, DZC);
    e.return(infinity());
  });
  const top = e.shrU(64, fraction, FRACTION - 1);
  const second = e.and(64, e.shrU(64, fraction, FRACTION - 2), e.i64(1));
  // Below 2^-128 (2^-1024) the result overflows.
  e.if(e.and(32, subnormal, e.eqz(64, e.or(64, top, second))), () => {
    raiseFlags(e, OFC | IXC);
    const mode = roundingMode(e, e.read(state.fpcr));
    const away = e.eq(32, mode, e.add(32, e.wrap(sign), e.i32(1)));
    const largest = e.eqz(32, e.or(32, e.eqz(32, mode), away));
    e.return(e.sub(64, infinity(), e.zeroExtend(64, largest)));
  });
  // From 2^126 (2^1022) on it is denormal.
  e.if(e.geU(64, exponent, e.i64(INFINITE[p]! - 2)), () =>
    e.if(control(e, FZ), () => {
      raiseFlags(e, UFC);
      e.return(pack(e, p, sign, e.i64(0), e.i64(0)));
    }),
  );
  const missing = e.sub(64, e.i64(2), top);
  const normalized = e.select(subnormal, e.and(64, e.shl(64, fraction, missing), e.i64(fractionMask)), fraction);
  const normalExponent = e.select(subnormal, e.sub(64, e.i64(1), missing), exponent);
  const scaled = e.or(32, e.i32(256), e.wrap(e.shrU(64, normalized, FRACTION - 8)));
  const result = estimated(e, e.call(reciprocalEstimate, scaled));
  const resultExponent = e.sub(64, e.i64(p ? 2045 : 253), normalExponent);
  const tiny = e.ltS(64, resultExponent, e.i64(1));
  const denormalized = e.shrU(64, e.or(64, result, e.i64(1n << 52n)), e.sub(64, e.i64(1), resultExponent));
  return pack(e, p, sign, e.select(tiny, e.i64(0), resultExponent), e.select(tiny, denormalized, result));
}

/** FPRSqrtEstimate() of an encoding. */
function reciprocalRoot(e: A64, p: Precision, operand: Value): Value {
  const a = flushInput(e, p, operand);
  const parts = unpack(e, p, a);
  const { sign, exponent, fraction } = parts;
  e.if(isNanBits(e, FORMATS[p]!, a), () => e.return(propagateNan(e, p, a)));
  const subnormal = e.eqz(64, exponent);
  e.if(e.and(32, subnormal, e.eqz(64, fraction)), () => {
    raiseFlags(e, DZC);
    e.return(pack(e, p, sign, e.i64(INFINITE[p]!), e.i64(0)));
  });
  e.if(e.ne(64, sign, e.i64(0)), () => e.return(invalid(e, FORMATS[p]!)));
  e.if(e.eq(64, exponent, e.i64(INFINITE[p]!)), () => e.return(e.i64(0)));
  const missing = e.sub(64, e.clz(64, fraction), e.i64(11));
  const normalized = e.select(subnormal, e.and(64, e.shl(64, fraction, missing), e.i64(fractionMask)), fraction);
  const normalExponent = e.select(subnormal, e.sub(64, e.i64(1), missing), exponent);
  const odd = e.and(64, normalExponent, e.i64(1));
  const significand = e.or(64, normalized, e.i64(1n << 52n));
  const scaled = e.wrap(e.shrU(64, e.shrU(64, significand, FRACTION - 8), odd));
  const result = estimated(e, e.call(rootEstimate, scaled));
  return pack(e, p, e.i64(0), e.shrU(64, e.sub(64, e.i64(p ? 3068 : 380), normalExponent), 1), result);
}

const routines = [reciprocal, reciprocalRoot].map((compute) =>
  ["Single", "Double"].map((name, p): Routine<A64> => ({
    name: `${compute.name}Estimate${name}`,
    params: ["i64"],
    result: "i64",
    body: (e: A64, a: Value) => compute(e, p, a),
  })),
);

const soft = routines.map((pair) => softRoutines(pair, 1));

const estimate =
  (which: 0 | 1) =>
  (e: A64, p: Precision, bits: number, a: Value): Value =>
    scalarOrLanes(e, p, bits, soft[which]!, [a]);

export const fpReciprocalEstimate = estimate(0);
export const fpReciprocalRootEstimate = estimate(1);

/** FRECPX: the sign, the exponent inverted (the largest finite one for 0), no fraction. */
export function fpReciprocalExponent(e: A64, p: Precision, bits: number, operand: Value): Value {
  const a = flushInputs(e, p, bits, operand);
  const size = laneSize(p);
  const exponentMask = splat(e, size, p ? 0x7ffn << 52n : 0xffn << 23n);
  const exponent = and(e, a, exponentMask);
  const largest = splat(e, size, p ? 0x7fen << 52n : 0xfen << 23n);
  const inverted = select(
    e,
    lanes(e, size, "eq", exponent, zero(e)),
    largest,
    lanes(e, size, "sub", exponentMask, exponent),
  );
  const sign = and(e, a, splat(e, size, 1n << BigInt(fpBits(p) - 1)));
  const result = e.op("v128.or", inverted, sign);
  const isNumber = e.op(`${p ? "f64x2" : "f32x4"}.eq`, a, a);
  return withNans(e, p, bits, select(e, isNumber, result, a), a);
}

/** URECPE, URSQRTE: of 32-bit fixed-point numbers; below the range, all ones. */
const unsignedEstimate =
  (estimate: Routine<A64>, smallest: number) =>
  (e: A64, bits: number, a: Value): Value => {
    let result = zero(e);
    for (let lane = 0; lane < bits / 32; lane++) {
      const element = e.op("i32x4.extract_lane", a, lane);
      const value = e.shl(32, e.call(estimate, e.shrU(32, element, 23)), 23);
      const inRange = e.geU(32, element, e.i32(smallest));
      result = replaceLane(e, 2, result, lane, e.select(inRange, value, e.i32(-1)));
    }
    return result;
  };
export const unsignedReciprocalEstimate = unsignedEstimate(reciprocalEstimate, 0x80000000 | 0);
export const unsignedReciprocalRootEstimate = unsignedEstimate(rootEstimate, 0x40000000);
