import type { Emitter, Routine, Value } from "../index.ts";
import {
  BIAS,
  C0,
  C1,
  C2,
  C3,
  type Extended,
  invalid,
  MAX_EXPONENT,
  note,
  noteIf,
  setResult,
  signed,
  signOf,
  exponentOf,
  PE,
  ZE,
} from "./x87.ts";
import { infinite, nothing } from "./x87-arithmetic.ts";
import { extended, isInfinite, isZero, normalized, refuseSpecial, refuseSpecialOne, TWO } from "./x87-number.ts";
import { round, roundsUp, shiftRight128 } from "./x87-round.ts";

/** FPREM, FPREM1, FSCALE, FXTRACT, FRNDINT. */

const give = (e: Emitter, value: Extended): void => {
  setResult(e, value);
  e.return();
};
const refuse = (e: Emitter): void => {
  invalid(e);
  e.return();
};

/** Noted where C0 and C3 are bits of a quotient. */
export const QUOTIENT = 1 << 16;

/** Low bits of a quotient, an i64. */
function noteQuotient(e: Emitter, quotient: Value): void {
  note(e, QUOTIENT);
  const bit = (n: number): Value => e.and(32, e.wrap(e.shrU(64, quotient, n)), e.i32(1));
  noteIf(e, C1, bit(0));
  noteIf(e, C3, bit(1));
  noteIf(e, C0, bit(2));
}

/** (1: to nearest, a, b): what is left of a, or less of it where much is left. */
export const remainder: Routine<Emitter> = {
  name: "x87Remainder",
  params: ["i32", ...TWO],
  result: undefined,
  beside: true,
  body(e, nearest, ...values) {
    const [a, b] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    refuseSpecial(e, a, b);
    e.if(e.or(32, isInfinite(e, a), isZero(e, b)), () => refuse(e));
    const sign = signOf(e, a);
    e.if(isZero(e, a), () => {
      noteQuotient(e, e.i64(0));
      give(e, a);
    });
    const n = normalized(e, a);
    const same = (): void => {
      noteQuotient(e, e.i64(0));
      round(e, { sign, exponent: n.exponent, high: n.significand, low: e.i64(0) });
      e.return();
    };
    e.if(isInfinite(e, b), same);
    const m = normalized(e, b);
    const apart = e.sub(32, n.exponent, m.exponent);
    const less = e.ltS(32, apart, e.i32(0));
    e.if(less, () => {
      // Nearest to 1 where it is more than half.
      const half = e.and(32, e.eq(32, apart, e.i32(-1)), e.op("i64.gt_u", n.significand, m.significand));
      e.if(e.eqz(32, e.and(32, nearest!, half)), same);
      const rest = e.sub(64, e.shl(64, m.significand, 1), n.significand);
      noteQuotient(e, e.i64(1));
      const lead = e.clz(64, rest);
      const exponent = e.sub(32, n.exponent, e.wrap(lead));
      round(e, { sign: e.xor(32, sign, e.i32(1)), exponent, high: e.shl(64, rest, lead), low: e.i64(0) });
      e.return();
    });
    // Too far apart, the quotient's upper bits only.
    const far = e.geS(32, apart, e.i32(64));
    const left = e.variable(e.select(far, e.or(32, e.and(32, apart, e.i32(31)), e.i32(32)), apart));
    const exponent = e.add(32, m.exponent, e.sub(32, apart, e.get(left)));
    const rest = e.variable(n.significand);
    const carry = e.variable(e.i32(0));
    const quotient = e.variable(e.i64(0));
    e.while(
      () => e.geS(32, e.get(left), e.i32(0)),
      () => {
        const now = e.get(rest);
        const fits = e.or(32, e.get(carry), e.geU(64, now, m.significand));
        const after = e.variable(e.select(fits, e.sub(64, now, m.significand), now));
        e.set(quotient, e.or(64, e.shl(64, e.get(quotient), 1), e.zeroExtend(64, fits)));
        e.set(left, e.sub(32, e.get(left), e.i32(1)));
        e.if(e.geS(32, e.get(left), e.i32(0)), () => {
          e.set(carry, e.wrap(e.shrU(64, e.get(after), 63)));
          e.set(after, e.shl(64, e.get(after), 1));
        });
        e.set(rest, e.get(after));
      },
    );
    const finalSign = e.variable(sign);
    e.if(
      far,
      () => note(e, C2 | QUOTIENT),
      () => {
        e.if(nearest!, () => {
          const now = e.get(rest);
          const other = e.sub(64, m.significand, now);
          const odd = e.and(32, e.eq(64, now, other), e.wrap(e.and(64, e.get(quotient), e.i64(1))));
          e.if(e.or(32, e.op("i64.gt_u", now, other), odd), () => {
            e.set(rest, other);
            e.set(quotient, e.add(64, e.get(quotient), e.i64(1)));
            e.set(finalSign, e.xor(32, sign, e.i32(1)));
          });
        });
        noteQuotient(e, e.get(quotient));
      },
    );
    e.if(e.eqz(64, e.get(rest)), () => give(e, nothing(e, sign)));
    const lead = e.clz(64, e.get(rest));
    round(e, {
      sign: e.get(finalSign),
      exponent: e.sub(32, exponent, e.wrap(lead)),
      high: e.shl(64, e.get(rest), lead),
      low: e.i64(0),
    });
  },
};

/** (a, b): a · 2^b, b cut to an integer. */
export const scale: Routine<Emitter> = {
  name: "x87Scale",
  params: TWO,
  result: undefined,
  beside: true,
  body(e, ...values) {
    const [a, b] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    refuseSpecial(e, a, b);
    const [sign, down] = [signOf(e, a), signOf(e, b)];
    e.if(isInfinite(e, b), () => {
      e.if(down, () => {
        e.if(isInfinite(e, a), () => refuse(e));
        give(e, nothing(e, sign));
      });
      e.if(isZero(e, a), () => refuse(e));
      give(e, infinite(e, sign));
    });
    e.if(e.or(32, isInfinite(e, a), isZero(e, a)), () => give(e, a));
    const power = e.sub(32, exponentOf(e, b), e.i32(BIAS));
    const shifted = e.wrap(e.shrU(64, b.significand, e.zeroExtend(64, e.sub(32, e.i32(63), power))));
    const below = e.ltS(32, power, e.i32(0));
    const size = e.select(below, e.i32(0), e.select(e.ltS(32, power, e.i32(16)), shifted, e.i32(1 << 16)));
    const by = e.select(down, e.neg(32, size), size);
    const n = normalized(e, a);
    round(e, { sign, exponent: e.add(32, n.exponent, by), high: n.significand, low: e.i64(0) });
  },
};

/** (a) → i32: its exponent, as an integer; the result is its significand. 0x8000: it is not that of a number. */
export const extract: Routine<Emitter> = {
  name: "x87Extract",
  params: ["i32", "i64"],
  result: "i32",
  beside: true,
  body(e, head, value) {
    const a = extended(head!, value!);
    const none = e.i32(0x8000);
    const done = (): void => e.return(none);
    e.call(extractSpecial, a.head, a.significand);
    e.if(e.eq(32, exponentOf(e, a), e.i32(MAX_EXPONENT)), done);
    e.if(e.and(32, e.ne(32, exponentOf(e, a), e.i32(0)), e.geS(64, a.significand, e.i64(0))), done);
    e.if(isZero(e, a), () => {
      note(e, ZE);
      setResult(e, a);
      done();
    });
    const { exponent, significand } = normalized(e, a);
    setResult(e, extended(signed(e, signOf(e, a), e.i32(BIAS)), significand));
    return e.sub(32, exponent, e.i32(BIAS));
  },
};
const extractSpecial: Routine<Emitter> = {
  name: "x87ExtractSpecial",
  params: ["i32", "i64"],
  result: undefined,
  beside: true,
  body(e, head, value) {
    const a = extended(head!, value!);
    refuseSpecialOne(e, a);
    setResult(e, a);
  },
};

/** (a): an integer near it. */
export const roundToInteger: Routine<Emitter> = {
  name: "x87RoundToInteger",
  params: ["i32", "i64"],
  result: undefined,
  beside: true,
  body(e, head, value) {
    const a = extended(head!, value!);
    refuseSpecialOne(e, a);
    const power = e.sub(32, exponentOf(e, a), e.i32(BIAS));
    e.if(e.or(32, isZero(e, a), e.geS(32, power, e.i32(63))), () => give(e, a));
    const sign = signOf(e, a);
    const { integer, rest } = integerOf(e, a);
    const up = roundsUp(e, sign, e.and(64, integer, e.i64(1)), rest);
    noteIf(e, PE, e.ne(64, rest, e.i64(0)));
    noteIf(e, C1, up);
    const size = e.add(64, integer, e.zeroExtend(64, up));
    e.if(e.eqz(64, size), () => give(e, nothing(e, sign)));
    setResult(e, fromSize(e, sign, size));
  },
};

/** Of a finite number below 2^64: the integer below its magnitude, and what is left of it in units of 2^-64. */
export function integerOf(e: Emitter, a: Extended): { integer: Value; rest: Value } {
  const by = e.sub(32, e.i32(BIAS + 63), exponentOf(e, a));
  const { high, low } = shiftRight128(e, a.significand, e.i64(0), by);
  return { integer: high, rest: low };
}

/** A sign and an i64 that is not 0. */
export function fromSize(e: Emitter, sign: Value, size: Value): Extended {
  const lead = e.clz(64, size);
  return extended(signed(e, sign, e.sub(32, e.i32(BIAS + 63), e.wrap(lead))), e.shl(64, size, lead));
}
