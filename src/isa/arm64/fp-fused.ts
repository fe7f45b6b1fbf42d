import type { Routine, Value, Variable } from "../index.ts";
import type { A64 } from "./emitter.ts";
import {
  fpLanes,
  fpNeg,
  infinity,
  isInRange,
  laneSize,
  one,
  type Precision,
  scalarOrLanes,
  softRoutines,
} from "./fp-arithmetic.ts";
import { control, FORMATS, FZ, RMODE, RMODE_LSB } from "./fp-format.ts";
import { flushInput, invalid, propagateNan, round } from "./fp-soft.ts";
import { and, gatherLanes, lanes, or, shift, splat, xor, zero } from "../vector.ts";
import { type Format, isNanBits, magnitude, signBit, signOf, unpack } from "../float.ts";
import { wideProduct } from "../float-arithmetic.ts";

/** Fused multiply-add: one rounding. */

/**
 * (a, n, m f32x4) → a + n·m to nearest, where it is neither tiny nor infinite. The product is exact in double precision; the
 * sum is rounded to odd, so that the second rounding is harmless.
 */
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
function shiftWideRightSticky(e: A64, { high, low }: Wide, by: Value): void {
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

/** The top 64 bits of a number that is not zero, from its leading one on, the last of them sticky; and how far up they were. */
function normalize(e: A64, { high, low }: Wide): { readonly significand: Value; readonly lead: Value } {
  const lead = e.select(e.eqz(64, e.get(high)), e.add(64, e.i64(64), e.clz(64, e.get(low))), e.clz(64, e.get(high)));
  e.if(e.geU(64, lead, e.i64(64)), () => {
    e.set(high, e.get(low));
    e.set(low, e.i64(0));
  });
  const by = e.and(64, lead, e.i64(63));
  const [h, l] = [e.get(high), e.get(low)];
  // A shift by 64 - by would be by 0 where `by` is 0; so by 1 first.
  const top = e.or(64, e.shl(64, h, by), e.shrU(64, e.shrU(64, l, 1), e.sub(64, e.i64(63), by)));
  const rest = e.zeroExtend(64, e.ne(64, e.shl(64, l, by), e.i64(0)));
  return { significand: e.or(64, top, rest), lead };
}

/** a + b or, when the signs differ, the larger less the smaller; `swapped` tells that b was the larger. */
function combine(e: A64, a: Wide, b: Wide, differ: Value): { readonly sum: Wide; readonly swapped: Value } {
  const [ah, al, bh, bl] = [a.high, a.low, b.high, b.low].map((v) => e.get(v)) as [Value, Value, Value, Value];
  const sum: Wide = { high: e.variable(e.i64(0)), low: e.variable(e.i64(0)) };
  const smaller = e.or(32, e.ltU(64, ah, bh), e.and(32, e.eq(64, ah, bh), e.ltU(64, al, bl)));
  const swapped = e.and(32, differ, smaller);
  e.if(
    differ,
    () => {
      const [lh, ll] = [e.select(smaller, bh, ah), e.select(smaller, bl, al)];
      const [sh, sl] = [e.select(smaller, ah, bh), e.select(smaller, al, bl)];
      e.set(sum.low, e.sub(64, ll, sl));
      e.set(sum.high, e.sub(64, e.sub(64, lh, sh), e.zeroExtend(64, e.ltU(64, ll, sl))));
    },
    () => {
      const low = e.add(64, al, bl);
      e.set(sum.low, low);
      e.set(sum.high, e.add(64, e.add(64, ah, bh), e.zeroExtend(64, e.ltU(64, low, al))));
    },
  );
  return { sum, swapped };
}

/** a + n·m of encodings, divided by two when `halve` (i64) is 1; then a is 3. */
function fused(e: A64, f: Format, p: Precision, [left, first, second, halve]: readonly Value[]): Value {
  const [a, n, m] = [left!, first!, second!].map((v) => flushInput(e, p, v)) as [Value, Value, Value];
  const [ma, mn, mm] = [a, n, m].map((v) => magnitude(e, f, v)) as [Value, Value, Value];
  const isInfinite = (v: Value): Value => e.eq(64, v, e.i64(f.infinity));
  const noFactor = e.or(32, e.eqz(64, mn), e.eqz(64, mm));
  const infiniteFactor = e.or(32, isInfinite(mn), isInfinite(mm));
  const undefinedProduct = e.and(32, noFactor, infiniteFactor);
  e.if(e.or(32, isNanBits(e, f, a), e.or(32, isNanBits(e, f, n), isNanBits(e, f, m))), () => {
    // An undefined product is invalid even beside a quiet NaN.
    const isQuiet = e.ne(64, e.and(64, a, e.i64(f.quiet)), e.i64(0));
    e.if(e.and(32, undefinedProduct, isQuiet), () => e.return(invalid(e, f)));
    e.return(propagateNan(e, p, a, n, m));
  });
  e.if(undefinedProduct, () => e.return(invalid(e, f)));
  const productSign = e.xor(64, signOf(e, f, n), signOf(e, f, m));
  const addendSign = signOf(e, f, a);
  const differ = e.ne(64, productSign, addendSign);
  e.if(infiniteFactor, () => {
    e.if(e.and(32, isInfinite(ma), differ), () => e.return(invalid(e, f)));
    e.return(e.or(64, e.shl(64, productSign, f.bits - 1), e.i64(f.infinity)));
  });
  e.if(isInfinite(ma), () => e.return(a));
  const isDown = e.eq(32, control(e, RMODE), e.i32(2 << RMODE_LSB));
  const cancelled = e.select(isDown, e.i64(signBit(f)), e.i64(0));
  e.if(noFactor, () => {
    e.if(e.and(32, e.eqz(64, ma), differ), () => e.return(cancelled));
    e.return(e.sub(64, a, e.shl(64, halve!, f.fraction)));
  });

  const [un, um, ua] = [unpack(e, f, n), unpack(e, f, m), unpack(e, f, a)];
  const exact = wideProduct(e, e.shrU(64, un.significand, 1), e.shrU(64, um.significand, 1));
  const product: Wide = { high: e.variable(exact.high), low: e.variable(exact.low) };
  const absent = e.eqz(64, ma);
  const addendHigh = e.select(absent, e.i64(0), e.shrU(64, ua.significand, 2));
  const addend: Wide = { high: e.variable(addendHigh), low: e.variable(e.i64(0)) };
  // A number is wide · 2^(exponent - bias - 125).
  const productExponent = e.sub(64, e.add(64, un.exponent, um.exponent), e.i64(f.bias - 1));
  const apart = e.select(absent, e.i64(0), e.sub(64, productExponent, ua.exponent));
  const exponent = e.select(e.ltS(64, apart, e.i64(0)), ua.exponent, productExponent);
  e.if(e.ltS(64, e.i64(0), apart), () => shiftWideRightSticky(e, addend, apart));
  e.if(e.ltS(64, apart, e.i64(0)), () => shiftWideRightSticky(e, product, e.neg(64, apart)));
  const { sum, swapped } = combine(e, product, addend, e.and(32, differ, e.eqz(32, absent)));
  e.if(e.eqz(64, e.or(64, e.get(sum.high), e.get(sum.low))), () => e.return(cancelled));
  const { significand, lead } = normalize(e, sum);
  const biased = e.sub(64, e.add(64, exponent, e.i64(2)), e.add(64, lead, halve!));
  return round(e, p, e.select(swapped, addendSign, productSign), { significand, exponent: biased });
}

/** (a, n, m, 1 to halve) → a + n·m. */
const fusedRoutines = [0, 1].map((p): Routine<A64> => ({
  name: `multiplyAdd${FORMATS[p]!.name}`,
  params: ["i64", "i64", "i64", "i64"],
  result: "i64",
  body: (e: A64, ...operands: Value[]) => fused(e, FORMATS[p]!, p, operands),
}));
const softFused = softRoutines(fusedRoutines, 3);

function exactly(e: A64, p: Precision, bits: number, halve: 0 | 1, a: Value, n: Value, m: Value): Value {
  return scalarOrLanes(e, p, bits, softFused, [a, n, m], e.i64(halve));
}

/** FPMulAdd(): a + n·m. */
export function fpMulAdd(e: A64, p: Precision, bits: number, a: Value, n: Value, m: Value): Value {
  if (p === 1) return exactly(e, p, bits, 0, a, n, m);
  const result = e.variable(e.call(fusedSingle, a, n, m));
  const good = isInRange(e, p, bits, "normal", e.get(result));
  e.if(e.eqz(32, good), () => e.set(result, exactly(e, p, bits, 0, a, n, m)));
  return e.get(result);
}

/** `a` + -n·m, where zero times infinity counts as zero; NaNs come from n and m alone. */
function step(e: A64, p: Precision, bits: number, halve: 0 | 1, a: Value, n: Value, m: Value): Value {
  const negated = fpNeg(e, p, n);
  // What counts as zero: denormals too when they are flushed.
  const smallest = splat(e, laneSize(p), FORMATS[p]!.smallestNormal);
  const noFactor = (v: Value): Value =>
    e.select(control(e, FZ), fpLanes(e, p, "lt", absolute(e, p, v), smallest), fpLanes(e, p, "eq", v, zero(e)));
  const infinite = (v: Value): Value => fpLanes(e, p, "eq", absolute(e, p, v), infinity(e, p));
  const special = or(e, and(e, noFactor(n), infinite(m)), and(e, noFactor(m), infinite(n)));
  const product = (v: Value): Value => e.op("v128.andnot", v, and(e, special, infinite(v)));
  return exactly(e, p, bits, halve, a, product(negated), product(m));
}
const absolute = (e: A64, p: Precision, a: Value): Value => fpLanes(e, p, "abs", a);

/** FPRecipStepFused(): 2 - n·m. */
export function fpReciprocalStep(e: A64, p: Precision, bits: number, n: Value, m: Value): Value {
  return step(e, p, bits, 0, fpLanes(e, p, "add", one(e, p), one(e, p)), n, m);
}

/** FPRSqrtStepFused(): (3 - n·m) / 2. */
export function fpReciprocalRootStep(e: A64, p: Precision, bits: number, n: Value, m: Value): Value {
  const two = fpLanes(e, p, "add", one(e, p), one(e, p));
  return step(e, p, bits, 1, fpLanes(e, p, "add", two, one(e, p)), n, m);
}
