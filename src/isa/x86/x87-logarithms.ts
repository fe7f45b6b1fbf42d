import type { Emitter, Routine, Value } from "../index.ts";
import { state } from "./state.ts";
import { BIAS, exponentOf, type Extended, invalid, LEAD, setResult, signed, signOf, ZE } from "./x87.ts";
import { infinite, nothing } from "./x87-arithmetic.ts";
import { AREA_TANGENT, ARCTANGENT, ARCTANGENTS, EXPONENTIAL, HALF_LOG2_E, LN_2_128, PI_126 } from "./x87-constants.ts";
import { extended, isInfinite, isZero, normalized, refuseSpecial, refuseSpecialOne, TWO } from "./x87-number.ts";
import { round } from "./x87-round.ts";
import {
  addWide,
  divideFloats,
  isZeroWide,
  multiplyFloats,
  normalizeWide,
  powerSeries,
  selectWide,
  setVariable,
  shiftRightWide,
  single,
  subtractWide,
  wide,
  type Wide,
  type WideFloat,
} from "./x87-wide.ts";

/** Logarithms, exponentials and arc tangents. */

const give = (e: Emitter, value: Extended): void => {
  setResult(e, value);
  e.return();
};
const refuse = (e: Emitter): void => {
  invalid(e);
  e.return();
};
/** The result becomes a number that is not exact. `exponent`: of its leading one, not biased. */
export function giveInexact(e: Emitter, sign: Value, { exponent, high, low }: WideFloat): void {
  round(e, { sign, exponent: e.add(32, exponent, e.i32(BIAS)), high, low: e.or(64, low, e.i64(1)) });
}
/** A finite number without its sign. */
const floatOf = (e: Emitter, a: Extended): WideFloat => {
  const { exponent, significand } = normalized(e, a);
  return { ...single(e, significand), exponent: e.sub(32, exponent, e.i32(BIAS)) };
};
const select = (e: Emitter, condition: Value, a: WideFloat, b: WideFloat): WideFloat => ({
  ...selectWide(e, condition, a, b),
  exponent: e.select(condition, a.exponent, b.exponent),
});

/** log2((1 + z) / (1 - z)). */
function logarithm(e: Emitter, z: WideFloat): WideFloat {
  setVariable(e, multiplyFloats(e, z, z));
  const series = normalizeWide(e, powerSeries(e, AREA_TANGENT, e.i32(0)), e.i32(0));
  const scale: WideFloat = { ...wide(e, HALF_LOG2_E), exponent: e.i32(1) };
  return multiplyFloats(e, multiplyFloats(e, z, series), scale);
}

/** (x, y): y · log2(x). */
export const logarithmTimes: Routine<Emitter> = {
  name: "x87LogarithmTimes",
  params: TWO,
  result: undefined,
  beside: true,
  body(e, ...values) {
    const [x, y] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    refuseSpecial(e, x, y);
    const sign = signOf(e, y);
    const minus = e.xor(32, sign, e.i32(1));
    e.if(isZero(e, x), () => {
      e.if(isZero(e, y), () => refuse(e));
      e.if(e.eqz(32, isInfinite(e, y)), () => e.write(state.fpuNoted, e.i32(ZE)));
      give(e, infinite(e, minus));
    });
    e.if(signOf(e, x), () => refuse(e));
    e.if(isInfinite(e, x), () => {
      e.if(isZero(e, y), () => refuse(e));
      give(e, infinite(e, sign));
    });
    const below = e.ltS(32, exponentOf(e, x), e.i32(BIAS));
    const own = e.select(below, minus, sign);
    const one = e.and(32, e.eq(32, exponentOf(e, x), e.i32(BIAS)), e.eq(64, x.significand, e.i64(LEAD)));
    e.if(isInfinite(e, y), () => {
      e.if(one, () => refuse(e));
      give(e, infinite(e, own));
    });
    e.if(e.or(32, isZero(e, y), one), () => give(e, nothing(e, own)));
    const [number, factor] = [floatOf(e, x), floatOf(e, y)];
    const power = number.exponent;
    const negative = e.shrU(32, power, 31);
    const wholeOf = (exponent: Value): Value => {
      const less = e.ltS(32, exponent, e.i32(0));
      return e.op("i64.extend_i32_u", e.select(less, e.neg(32, exponent), exponent));
    };
    // A power of two has a logarithm that is an integer.
    e.if(e.eq(64, number.high, e.i64(LEAD)), () => {
      const integer = normalizeWide(e, single(e, wholeOf(power)), e.i32(63));
      const product = multiplyFloats(e, integer, factor);
      const { high, low, exponent } = product;
      round(e, { sign: e.xor(32, sign, negative), exponent: e.add(32, exponent, e.i32(BIAS)), high, low });
      e.return();
    });
    // Between the root of a half and the root of two.
    const upper = e.op("i64.gt_u", number.high, e.i64(0xb504_f333_f9de_6484n));
    const distance = e.select(upper, e.neg(64, number.high), e.sub(64, number.high, e.i64(LEAD)));
    // Halves of both where it is the upper part.
    const bottom: Wide = {
      high: e.select(
        upper,
        e.or(64, e.shrU(64, number.high, 1), e.i64(LEAD)),
        e.add(64, e.shrU(64, number.high, 1), e.i64(1n << 62n)),
      ),
      low: e.shl(64, number.high, 63),
    };
    const top = normalizeWide(e, single(e, distance), e.i32(63));
    const divisor = normalizeWide(e, bottom, e.i32(64));
    const log = logarithm(e, divideFloats(e, top, divisor));
    const whole = e.add(32, power, upper);
    e.if(e.eqz(32, whole), () => {
      giveInexact(e, e.xor(32, sign, upper), multiplyFloats(e, log, factor));
      e.return();
    });
    // Bit 127 means 2^14.
    const fraction = shiftRightWide(e, log, e.sub(32, e.i32(14), log.exponent));
    const integer = single(e, e.shl(64, wholeOf(whole), 49));
    const down = e.shrU(32, whole, 31);
    const apart = e.xor(32, down, upper);
    const total = selectWide(e, apart, subtractWide(e, integer, fraction), addWide(e, integer, fraction));
    giveInexact(e, e.xor(32, sign, down), multiplyFloats(e, normalizeWide(e, total, e.i32(14)), factor));
  },
};

/** Where 1 + x is the root of two, and of a half: x has exponent -2, and this significand. */
const [MOST_POSITIVE, MOST_NEGATIVE] = [0xd413_cccf_e779_9211n, 0x95f6_1998_0c43_36f7n];

/** (x, y): y · log2(x + 1). */
export const logarithmOfOneMore: Routine<Emitter> = {
  name: "x87LogarithmOfOneMore",
  params: TWO,
  result: undefined,
  beside: true,
  body(e, ...values) {
    const [x, y] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    refuseSpecial(e, x, y);
    const sign = e.xor(32, signOf(e, x), signOf(e, y));
    const exponent = exponentOf(e, x);
    const limit = e.select(
      signOf(e, x),
      e.i64(BigInt.asIntN(64, MOST_NEGATIVE)),
      e.i64(BigInt.asIntN(64, MOST_POSITIVE)),
    );
    const edge = e.and(32, e.eq(32, exponent, e.i32(BIAS - 2)), e.op("i64.gt_u", x.significand, limit));
    e.if(e.or(32, e.op("i32.gt_u", exponent, e.i32(BIAS - 2)), edge), () => {
      const infinity = e.and(32, isInfinite(e, x), e.eqz(32, e.or(32, signOf(e, x), isZero(e, y))));
      e.if(infinity, () => give(e, infinite(e, sign)));
      refuse(e);
    });
    e.if(isInfinite(e, y), () => {
      e.if(isZero(e, x), () => refuse(e));
      give(e, infinite(e, sign));
    });
    e.if(e.or(32, isZero(e, x), isZero(e, y)), () => give(e, nothing(e, sign)));
    const [number, factor] = [floatOf(e, x), floatOf(e, y)];
    // Bit 127 means 2.
    const two = wide(e, 1n << 127n);
    const part = shiftRightWide(e, number, e.sub(32, e.i32(1), number.exponent));
    const bottom = selectWide(e, signOf(e, x), subtractWide(e, two, part), addWide(e, two, part));
    const z = divideFloats(e, number, normalizeWide(e, bottom, e.i32(1)));
    giveInexact(e, sign, multiplyFloats(e, logarithm(e, z), factor));
  },
};

/** (x): 2^x - 1. */
export const powerOfTwo: Routine<Emitter> = {
  name: "x87PowerOfTwo",
  params: ["i32", "i64"],
  result: undefined,
  beside: true,
  body(e, head, significand) {
    const x = extended(head!, significand!);
    refuseSpecialOne(e, x);
    const sign = signOf(e, x);
    const one = extended(signed(e, sign, e.sub(32, e.i32(BIAS), sign)), e.i64(LEAD));
    e.if(isInfinite(e, x), () => {
      e.if(sign, () => give(e, extended(e.i32(0x8000 | BIAS), e.i64(LEAD))));
      give(e, x);
    });
    e.if(isZero(e, x), () => give(e, x));
    e.if(e.geS(32, exponentOf(e, x), e.i32(BIAS)), () => {
      const exactly = e.and(32, e.eq(32, exponentOf(e, x), e.i32(BIAS)), e.eq(64, x.significand, e.i64(LEAD)));
      e.if(exactly, () => give(e, one));
      refuse(e);
    });
    const logarithmOf2: WideFloat = { ...wide(e, LN_2_128), exponent: e.i32(-1) };
    const power = multiplyFloats(e, floatOf(e, x), logarithmOf2);
    setVariable(e, power);
    const series = normalizeWide(e, powerSeries(e, EXPONENTIAL, sign), e.i32(0));
    giveInexact(e, sign, multiplyFloats(e, power, series));
  },
};

/** (x, y): the angle of the point (x, y). Volume 2, table 3-34. */
export const arctangent: Routine<Emitter> = {
  name: "x87Arctangent",
  params: TWO,
  result: undefined,
  beside: true,
  body(e, ...values) {
    const [x, y] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    refuseSpecial(e, x, y);
    const sign = signOf(e, y);
    const left = signOf(e, x);
    /** So many quarters of π. */
    const quarters = (count: Value): void => {
      let all = wide(e, PI_126 >> 2n);
      for (const n of [2, 3, 4])
        all = selectWide(e, e.eq(32, count, e.i32(n)), wide(e, (PI_126 * BigInt(n)) >> 2n), all);
      giveInexact(e, sign, normalizeWide(e, all, e.i32(1)));
      e.return();
    };
    e.if(isInfinite(e, y), () => {
      const both = isInfinite(e, x);
      quarters(e.select(both, e.add(32, e.i32(1), e.shl(32, left, 1)), e.i32(2)));
    });
    e.if(e.or(32, isZero(e, y), isInfinite(e, x)), () => {
      e.if(left, () => quarters(e.i32(4)));
      give(e, nothing(e, sign));
    });
    e.if(isZero(e, x), () => quarters(e.i32(2)));

    const [a, b] = [floatOf(e, y), floatOf(e, x)];
    const sameExponent = e.and(32, e.eq(32, a.exponent, b.exponent), e.op("i64.gt_u", a.high, b.high));
    const swap = e.or(32, e.ltS(32, b.exponent, a.exponent), sameExponent);
    const [u, v] = [select(e, swap, b, a), select(e, swap, a, b)];
    const apart = e.sub(32, v.exponent, u.exponent);
    const near = e.ltS(32, apart, e.i32(5));
    // The nearest eighth below or above: the rest of the angle is small.
    const [small, large] = [e.shrU(64, e.shrU(64, u.high, 8), e.zeroExtend(64, apart)), e.shrU(64, v.high, 8)];
    const nearest = e.op("i64.div_u", e.add(64, e.shl(64, small, 3), e.shrU(64, large, 1)), large);
    const k = e.variable(e.i64(0));
    e.if(near, () => e.set(k, nearest));
    const eighths = e.get(k);
    const times = (number: Wide): Wide => {
      // At most eight times what has five bits of room.
      const [h, l] = [e.mul(64, number.high, eighths), e.mul(64, e.shrU(64, number.low, 4), eighths)];
      return { high: e.add(64, h, e.shrU(64, l, 60)), low: e.shl(64, l, 4) };
    };
    const eight = ({ high, low }: Wide): Wide => ({
      high: e.or(64, e.shl(64, high, 3), e.shrU(64, low, 61)),
      low: e.shl(64, low, 3),
    });
    const room = e.i32(5);
    const [uRoom, vRoom] = [
      shiftRightWide(e, single(e, u.high), e.add(32, room, e.select(near, apart, e.i32(0)))),
      shiftRightWide(e, single(e, v.high), room),
    ];
    const [top, other] = [eight(uRoom), times(vRoom)];
    const smaller = e.or(
      32,
      e.ltU(64, top.high, other.high),
      e.and(32, e.eq(64, top.high, other.high), e.ltU(64, top.low, other.low)),
    );
    const difference = selectWide(e, smaller, subtractWide(e, other, top), subtractWide(e, top, other));
    const bottom = addWide(e, eight(vRoom), times(uRoom));
    const farther = e.select(near, e.i32(0), apart);
    const angle = e.variable(e.i64(0));
    const angleLow = e.variable(e.i64(0));
    const angleExponent = e.variable(e.i32(-200));
    e.if(e.eqz(32, isZeroWide(e, difference)), () => {
      const numerator = normalizeWide(e, difference, e.sub(32, e.i32(0), farther));
      const t = divideFloats(e, numerator, normalizeWide(e, bottom, e.i32(0)));
      setVariable(e, multiplyFloats(e, t, t));
      const series = normalizeWide(e, powerSeries(e, ARCTANGENT, e.i32(1)), e.i32(0));
      const found = multiplyFloats(e, t, series);
      e.set(angle, found.high);
      e.set(angleLow, found.low);
      e.set(angleExponent, found.exponent);
    });
    const rest: WideFloat = { high: e.get(angle), low: e.get(angleLow), exponent: e.get(angleExponent) };
    e.if(e.eqz(32, e.or(32, e.or(32, swap, left), e.wrap(eighths))), () => {
      giveInexact(e, sign, rest);
      e.return();
    });
    // Bit 127 means 2.
    const fixed = shiftRightWide(e, rest, e.sub(32, e.i32(1), rest.exponent));
    let base = wide(e, 0n);
    ARCTANGENTS.forEach((value, n) => {
      base = selectWide(e, e.eq(64, eighths, e.i64(n)), wide(e, value), base);
    });
    const octant = selectWide(e, smaller, subtractWide(e, base, fixed), addWide(e, base, fixed));
    const half = wide(e, PI_126 >> 1n);
    const turned = selectWide(
      e,
      swap,
      selectWide(e, left, addWide(e, half, octant), subtractWide(e, half, octant)),
      selectWide(e, left, subtractWide(e, wide(e, PI_126), octant), octant),
    );
    giveInexact(e, sign, normalizeWide(e, turned, e.i32(1)));
  },
};
