import type { Routine, Value, Variable } from "../index.ts";
import type { A64 } from "./emitter.ts";
import {
  fpAbs,
  fpLanes,
  fpNeg,
  isNan,
  isSignallingNan,
  laneSize,
  one,
  type Precision,
  withNans,
} from "./fp-arithmetic.ts";
import { and, gatherLanes, lanes, or, replaceLane, select, shift, splat, xor, zero } from "./simd-vector.ts";

/** Fused multiply-add: one rounding, to nearest. NaN results are left to the caller. */

/** (a, n, m f32x4) → a + n·m. The product is exact in double precision; the sum is rounded to odd, so that the second rounding is harmless. */
const fusedSingle: Routine<A64> = {
  name: "fusedSingle",
  params: ["v128", "v128", "v128"],
  result: "v128",
  body(e: A64, a: Value, n: Value, m: Value): Value {
    const half = (part: number): Value => {
      const wide = (v: Value): Value => e.op("f64x2.promote_low_f32x4", part ? gatherLanes(e, 3, [v], () => 1) : v);
      const product = fpLanes(e, 1, "mul", wide(n), wide(m));
      return e.op("f32x4.demote_f64x2_zero", addToOdd(e, product, wide(a)));
    };
    return gatherLanes(e, 3, [half(0), half(1)], (lane) => 2 * lane);
  },
};

/** p + c in f64x2, rounded to odd: an inexact sum gets an odd last bit. */
function addToOdd(e: A64, p: Value, c: Value): Value {
  const sum = fpLanes(e, 1, "add", p, c);
  const roundedC = fpLanes(e, 1, "sub", sum, p);
  const error = fpLanes(
    e,
    1,
    "add",
    fpLanes(e, 1, "sub", p, fpLanes(e, 1, "sub", sum, roundedC)),
    fpLanes(e, 1, "sub", c, roundedC),
  );
  const inexact = or(e, fpLanes(e, 1, "lt", error, zero(e)), fpLanes(e, 1, "gt", error, zero(e)));
  const even = lanes(e, 3, "eq", and(e, sum, splat(e, 3, 1)), zero(e));
  const towards = or(e, shift(e, 3, "shr_s", xor(e, sum, error), 63), splat(e, 3, 1));
  return lanes(e, 3, "add", sum, and(e, towards, and(e, inexact, even)));
}

/** A 128-bit number in two i64 variables. */
interface Wide {
  readonly high: Variable;
  readonly low: Variable;
}

/** Shifts right, keeping in the last bit whether anything was cut off. `by` is an i64 above 0. */
function shiftRightSticky(e: A64, { high, low }: Wide, by: Value): void {
  const h = e.get(high);
  const l = e.get(low);
  const sticky = (lost: Value): Value => e.zeroExtend(64, e.ne(64, lost, e.i64(0)));
  e.if(
    e.ltU(64, by, e.i64(64)),
    () => {
      const up = e.sub(64, e.i64(64), by);
      const kept = e.or(64, e.shl(64, h, up), e.shrU(64, l, by));
      e.set(low, e.or(64, kept, sticky(e.shl(64, l, up))));
      e.set(high, e.shrU(64, h, by));
    },
    () => {
      const far = e.geU(64, by, e.i64(128));
      const kept = e.select(far, e.i64(0), e.shrU(64, h, by));
      const back = e.shl(64, kept, by);
      const lost = e.or(64, l, e.select(far, h, e.xor(64, back, h)));
      e.set(low, e.or(64, kept, sticky(lost)));
      e.set(high, e.i64(0));
    },
  );
}

/** Significand with its leading bit at 52, and biased exponent (may be below 1), of a finite number that is not zero. */
function unpack(e: A64, bits: Value): { significand: Value; exponent: Value } {
  const fraction = e.and(64, bits, e.i64(0xfffffffffffffn));
  const field = e.and(64, e.shrU(64, bits, 52), e.i64(0x7ff));
  const subnormal = e.eqz(64, field);
  const missing = e.sub(64, e.clz(64, fraction), e.i64(11));
  return {
    significand: e.select(subnormal, e.shl(64, fraction, missing), e.or(64, fraction, e.i64(1n << 52n))),
    exponent: e.select(subnormal, e.sub(64, e.i64(1), missing), field),
  };
}

/** The 106-bit product of two significands, times 2^20. */
function product(e: A64, a: Value, b: Value): Wide {
  const lowHalf = (v: Value): Value => e.and(64, v, e.i64(0xffffffffn));
  const highHalf = (v: Value): Value => e.shrU(64, v, 32);
  const first = e.add(64, e.mul(64, highHalf(a), lowHalf(b)), highHalf(e.mul(64, lowHalf(a), lowHalf(b))));
  const second = e.add(64, e.mul(64, lowHalf(a), highHalf(b)), lowHalf(first));
  const high = e.add(64, e.mul(64, highHalf(a), highHalf(b)), e.add(64, highHalf(first), highHalf(second)));
  const low = e.mul(64, a, b);
  return {
    high: e.variable(e.or(64, e.shl(64, high, 20), e.shrU(64, low, 44))),
    low: e.variable(e.shl(64, low, 20)),
  };
}

/** The bits of (-1)^negative · high:low · 2^exponent, rounded to nearest even; high:low is not zero. */
function pack(e: A64, negative: Value, { high, low }: Wide, exponent: Value): Value {
  const lead = e.select(e.eqz(64, e.get(high)), e.add(64, e.i64(64), e.clz(64, e.get(low))), e.clz(64, e.get(high)));
  e.if(e.geU(64, lead, e.i64(64)), () => {
    e.set(high, e.get(low));
    e.set(low, e.i64(0));
  });
  const by = e.and(64, lead, e.i64(63));
  const h = e.get(high);
  const l = e.get(low);
  // A shift by 64 - by would be by 0 where `by` is 0; so by 1 first.
  e.set(high, e.or(64, e.shl(64, h, by), e.shrU(64, e.shrU(64, l, 1), e.sub(64, e.i64(63), by))));
  e.set(low, e.zeroExtend(64, e.ne(64, e.shl(64, l, by), e.i64(0))));

  const sticky = e.or(64, e.get(high), e.get(low));
  const biased = e.add(64, e.sub(64, exponent, lead), e.i64(1150));
  const tooSmall = e.ltS(64, biased, e.i64(1));
  const down = e.sub(64, e.i64(1), biased);
  const gone = e.geU(64, down, e.i64(64));
  const kept = e.shrU(64, sticky, down);
  const lost = e.zeroExtend(64, e.ne(64, e.shl(64, kept, down), sticky));
  const subnormal = e.select(gone, e.i64(1), e.or(64, kept, lost));
  const significand = e.select(tooSmall, subnormal, sticky);
  const field = e.select(tooSmall, e.i64(0), e.sub(64, biased, e.i64(1)));

  const truncated = e.shrU(64, significand, 11);
  const odd = e.and(64, truncated, e.i64(1));
  const rounded = e.add(
    64,
    truncated,
    e.shrU(64, e.add(64, e.and(64, significand, e.i64(0x7ff)), e.add(64, e.i64(0x3ff), odd)), 11),
  );
  const finite = e.add(64, e.shl(64, field, 52), rounded);
  const magnitude = e.select(e.geS(64, biased, e.i64(2047)), e.i64(0x7ff0000000000000n), finite);
  return e.or(64, magnitude, e.shl(64, negative, 63));
}

/** (a, n, m f64) → a + n·m, in integers. */
const fusedDouble: Routine<A64> = {
  name: "fusedDouble",
  params: ["f64", "f64", "f64"],
  result: "f64",
  body(e: A64, a: Value, n: Value, m: Value): Value {
    const finite = (v: Value): Value => e.op("f64.lt", e.op("f64.abs", v), e.f64(Infinity));
    const isZero = (v: Value): Value => e.op("f64.eq", v, e.f64(0));
    const bits = (v: Value): Value => e.op("i64.reinterpret_f64", v);
    const rounded = e.op("f64.mul", n, m);
    const finiteFactors = e.and(32, finite(n), finite(m));
    e.if(e.or(32, e.eqz(32, finiteFactors), e.or(32, isZero(n), isZero(m))), () =>
      e.return(e.op("f64.add", rounded, a)),
    );
    e.if(e.eqz(32, finite(a)), () => e.return(a));
    e.if(isZero(a), () => e.return(rounded));

    const [un, um, ua] = [n, m, a].map((v) => unpack(e, bits(v))) as [Unpacked, Unpacked, Unpacked];
    const p = product(e, un.significand, um.significand);
    const c: Wide = { high: e.variable(e.shl(64, ua.significand, 9)), low: e.variable(e.i64(0)) };
    const productExponent = e.sub(64, e.add(64, un.exponent, um.exponent), e.i64(2170));
    const addendExponent = e.sub(64, ua.exponent, e.i64(1148));
    const apart = e.sub(64, productExponent, addendExponent);
    const exponent = e.select(e.ltS(64, apart, e.i64(0)), addendExponent, productExponent);
    e.if(e.ltS(64, e.i64(0), apart), () => shiftRightSticky(e, c, apart));
    e.if(e.ltS(64, apart, e.i64(0)), () => shiftRightSticky(e, p, e.neg(64, apart)));

    const productSign = e.shrU(64, e.xor(64, bits(n), bits(m)), 63);
    const addendSign = e.shrU(64, bits(a), 63);
    const sum: Wide = { high: e.variable(e.i64(0)), low: e.variable(e.i64(0)) };
    const sign = e.variable(productSign);
    const [ph, pl, ch, cl] = [p.high, p.low, c.high, c.low].map((v) => e.get(v)) as [Value, Value, Value, Value];
    e.if(
      e.eq(64, productSign, addendSign),
      () => {
        const low = e.add(64, pl, cl);
        e.set(sum.low, low);
        e.set(sum.high, e.add(64, e.add(64, ph, ch), e.zeroExtend(64, e.ltU(64, low, pl))));
      },
      () => {
        const smaller = e.or(32, e.ltU(64, ph, ch), e.and(32, e.eq(64, ph, ch), e.ltU(64, pl, cl)));
        const [bh, bl, sh, sl] = [
          e.select(smaller, ch, ph),
          e.select(smaller, cl, pl),
          e.select(smaller, ph, ch),
          e.select(smaller, pl, cl),
        ];
        e.set(sum.low, e.sub(64, bl, sl));
        e.set(sum.high, e.sub(64, e.sub(64, bh, sh), e.zeroExtend(64, e.ltU(64, bl, sl))));
        e.set(sign, e.select(smaller, addendSign, productSign));
      },
    );
    e.if(e.eqz(64, e.or(64, e.get(sum.high), e.get(sum.low))), () => e.return(e.f64(0)));
    return e.op("f64.reinterpret_i64", pack(e, e.get(sign), sum, exponent));
  },
};
type Unpacked = ReturnType<typeof unpack>;

function fused(e: A64, p: Precision, bits: number, a: Value, n: Value, m: Value): Value {
  if (p === 0) return e.call(fusedSingle, a, n, m);
  let result = zero(e);
  for (let lane = 0; lane < bits / 64; lane++) {
    const at = (v: Value): Value => e.op("f64x2.extract_lane", v, lane);
    const value = e.call(fusedDouble, at(a), at(n), at(m));
    result = replaceLane(e, 3, result, lane, e.op("i64.reinterpret_f64", value));
  }
  return result;
}

/** Infinity times zero, of operands that are not NaN. */
function undefinedProduct(e: A64, p: Precision, n: Value, m: Value): Value {
  const either = or(e, isNan(e, p, n), isNan(e, p, m));
  return e.op("v128.andnot", isNan(e, p, fpLanes(e, p, "mul", n, m)), either);
}

/** FPMulAdd(): a + n·m. An undefined product is invalid even beside a quiet NaN, and gives the default NaN. */
export function fpMulAdd(e: A64, p: Precision, bits: number, a: Value, n: Value, m: Value): Value {
  const forgotten = e.op("v128.andnot", undefinedProduct(e, p, n, m), isSignallingNan(e, p, a));
  const addend = e.op("v128.andnot", a, forgotten);
  return withNans(e, p, bits, fused(e, p, bits, a, n, m), addend, n, m);
}

/** `fused` where an undefined product gives `special` instead; NaNs come from n and m alone. */
function step(e: A64, p: Precision, bits: number, special: Value, sum: Value, n: Value, m: Value): Value {
  return withNans(e, p, bits, select(e, undefinedProduct(e, p, n, m), special, sum), n, m);
}

/** FPRecipStepFused(): 2 - n·m. */
export function fpReciprocalStep(e: A64, p: Precision, bits: number, n: Value, m: Value): Value {
  const negated = fpNeg(e, p, n);
  const two = fpLanes(e, p, "add", one(e, p), one(e, p));
  return step(e, p, bits, two, fused(e, p, bits, two, negated, m), negated, m);
}

/** FPRSqrtStepFused(): (3 - n·m) / 2. The larger factor is halved first, which is exact and cannot overflow. */
export function fpReciprocalRootStep(e: A64, p: Precision, bits: number, n: Value, m: Value): Value {
  const negated = fpNeg(e, p, n);
  const half = splat(e, laneSize(p), p ? 0x3fe0000000000000n : 0x3f000000n);
  const threeHalves = fpLanes(e, p, "add", one(e, p), half);
  const larger = fpLanes(e, p, "ge", fpAbs(e, p, n), fpAbs(e, p, m));
  const left = select(e, larger, fpLanes(e, p, "mul", negated, half), negated);
  const right = select(e, larger, m, fpLanes(e, p, "mul", m, half));
  return step(e, p, bits, threeHalves, fused(e, p, bits, threeHalves, left, right), negated, m);
}
