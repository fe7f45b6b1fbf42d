import { wideProduct } from "../float-arithmetic.ts";
import type { Emitter, Routine, Value } from "../index.ts";
import { state } from "./state.ts";
import {
  BIAS,
  type Extended,
  invalid,
  LEAD,
  MAX_EXPONENT,
  precisionCut,
  rounding,
  setResult,
  signed,
  signOf,
  ZE,
} from "./x87.ts";
import { extended, isInfinite, isZero, normalized, refuseSpecial, refuseSpecialOne, TWO } from "./x87-number.ts";
import { normalize128, round, shiftRight128 } from "./x87-round.ts";

/** Sums, products, quotients and roots: they become the result. Volume 1, 8.3.5. */

export const infinite = (e: Emitter, sign: Value): Extended =>
  extended(signed(e, sign, e.i32(MAX_EXPONENT)), e.i64(LEAD));
export const nothing = (e: Emitter, sign: Value): Extended => extended(signed(e, sign, e.i32(0)), e.i64(0));

const operation = (name: string, body: (e: Emitter, a: Extended, b: Extended) => void): Routine<Emitter> => ({
  name: `x87${name}`,
  params: TWO,
  result: undefined,
  beside: true,
  body(e, ...values) {
    const [a, b] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    refuseSpecial(e, a, b);
    body(e, a, b);
  },
});

const give = (e: Emitter, value: Extended): void => {
  setResult(e, value);
  e.return();
};
const refuse = (e: Emitter): void => {
  invalid(e);
  e.return();
};

const add = operation("Add", (e, a, b) => {
  const differ = e.ne(32, signOf(e, a), signOf(e, b));
  e.if(isInfinite(e, a), () => {
    e.if(e.and(32, isInfinite(e, b), differ), () => refuse(e));
    give(e, a);
  });
  e.if(isInfinite(e, b), () => give(e, b));
  const cancelled = (): void => give(e, nothing(e, e.eq(32, rounding(e), e.i32(1))));
  const alone = (number: Extended): void => {
    const { exponent, significand } = normalized(e, number);
    round(e, { sign: signOf(e, number), exponent, high: significand, low: e.i64(0) }, precisionCut(e));
    e.return();
  };
  e.if(isZero(e, a), () => {
    e.if(isZero(e, b), () => {
      e.if(differ, cancelled);
      give(e, a);
    });
    alone(b);
  });
  e.if(isZero(e, b), () => alone(a));

  const [n, m] = [normalized(e, a), normalized(e, b)];
  const same = e.eq(32, n.exponent, m.exponent);
  const swap = e.or(32, e.ltS(32, n.exponent, m.exponent), e.and(32, same, e.ltU(64, n.significand, m.significand)));
  const pick = (one: Value, other: Value): Value => e.select(swap, other, one);
  const [large, small] = [pick(n.significand, m.significand), pick(m.significand, n.significand)];
  const exponent = pick(n.exponent, m.exponent);
  const sign = pick(signOf(e, a), signOf(e, b));
  const by = e.sub(32, exponent, pick(m.exponent, n.exponent));
  const shifted = shiftRight128(e, small, e.i64(0), by);
  e.if(differ, () => {
    const low = e.neg(64, shifted.low);
    const borrow = e.zeroExtend(64, e.ne(64, low, e.i64(0)));
    const high = e.sub(64, e.sub(64, large, shifted.high), borrow);
    e.if(e.eqz(64, e.or(64, high, low)), cancelled);
    const left = normalize128(e, high, low);
    const moved = e.sub(32, exponent, left.lead);
    round(e, { sign, exponent: moved, high: left.high, low: left.low }, precisionCut(e));
    e.return();
  });
  const sum = e.add(64, large, shifted.high);
  const carry = e.ltU(64, sum, large);
  const half = shiftRight128(e, sum, shifted.low, carry);
  const high = e.or(64, half.high, e.shl(64, e.zeroExtend(64, carry), 63));
  round(e, { sign, exponent: e.add(32, exponent, carry), high, low: half.low }, precisionCut(e));
});

const multiply = operation("Multiply", (e, a, b) => {
  const sign = e.xor(32, signOf(e, a), signOf(e, b));
  const zero = e.or(32, isZero(e, a), isZero(e, b));
  e.if(e.or(32, isInfinite(e, a), isInfinite(e, b)), () => {
    e.if(zero, () => refuse(e));
    give(e, infinite(e, sign));
  });
  e.if(zero, () => give(e, nothing(e, sign)));
  const [n, m] = [normalized(e, a), normalized(e, b)];
  const product = wideProduct(e, n.significand, m.significand);
  const { high, low, lead } = normalize128(e, product.high, product.low);
  const exponent = e.sub(32, e.add(32, n.exponent, m.exponent), e.add(32, e.i32(BIAS - 1), lead));
  round(e, { sign, exponent, high, low }, precisionCut(e));
});

/** (high, low, divisor) → the quotient of 128 bits by a divisor whose leading bit is set, and which is larger than `high`. */
const divide128: Routine<Emitter> = {
  name: "x87Divide128",
  params: ["i64", "i64", "i64"],
  result: "i64",
  pure: true,
  body(e, high, low, divisor) {
    // Two digits of 32 bits, each estimated by the divisor's upper one: at most 2 too large. Knuth, volume 2, 4.3.1 D.
    const top = e.shrU(64, divisor!, 32);
    const bottom = e.and(64, divisor!, e.i64(0xffff_ffff));
    const digit = (rest: Value, next: Value): { digit: Value; rest: Value } => {
      const q = e.variable(e.op("i64.div_u", rest, top));
      const r = e.variable(e.sub(64, rest, e.mul(64, e.get(q), top)));
      const tooLarge = (): Value => {
        const estimate = e.or(64, e.shl(64, e.get(r), 32), next);
        const past = e.op("i64.gt_u", e.mul(64, e.get(q), bottom), estimate);
        return e.and(32, e.eqz(64, e.shrU(64, e.get(r), 32)), e.or(32, e.wrap(e.shrU(64, e.get(q), 32)), past));
      };
      e.while(tooLarge, () => {
        e.set(q, e.sub(64, e.get(q), e.i64(1)));
        e.set(r, e.add(64, e.get(r), top));
      });
      const left = e.sub(64, e.or(64, e.shl(64, rest, 32), next), e.mul(64, e.get(q), divisor!));
      return { digit: e.get(q), rest: left };
    };
    const first = digit(high!, e.shrU(64, low!, 32));
    const second = digit(first.rest, e.and(64, low!, e.i64(0xffff_ffff)));
    return e.or(64, e.shl(64, first.digit, 32), second.digit);
  },
};

const divide = operation("Divide", (e, a, b) => {
  const sign = e.xor(32, signOf(e, a), signOf(e, b));
  e.if(isInfinite(e, a), () => {
    e.if(isInfinite(e, b), () => refuse(e));
    give(e, infinite(e, sign));
  });
  e.if(isInfinite(e, b), () => give(e, nothing(e, sign)));
  e.if(isZero(e, b), () => {
    e.if(isZero(e, a), () => refuse(e));
    e.write(state.fpuNoted, e.i32(ZE));
    give(e, infinite(e, sign));
  });
  e.if(isZero(e, a), () => give(e, nothing(e, sign)));
  const [n, m] = [normalized(e, a), normalized(e, b)];
  const above = e.geU(64, n.significand, m.significand);
  const by = e.zeroExtend(64, above);
  const high = e.shrU(64, n.significand, by);
  const low = e.select(above, e.shl(64, n.significand, 63), e.i64(0));
  const quotient = e.call(divide128, high, low, m.significand);
  const rest = e.sub(64, low, e.mul(64, quotient, m.significand));
  const other = e.sub(64, m.significand, rest);
  const beyond = e.select(e.op("i64.gt_u", rest, other), e.i64(LEAD | 1n), e.i64(1));
  const exact = e.select(e.eq(64, rest, other), e.i64(LEAD), beyond);
  const exponent = e.add(32, e.sub(32, n.exponent, m.exponent), e.add(32, e.i32(BIAS - 1), above));
  round(e, { sign, exponent, high: quotient, low: e.select(e.eqz(64, rest), e.i64(0), exact) }, precisionCut(e));
});

export const squareRoot: Routine<Emitter> = {
  name: "x87SquareRoot",
  params: ["i32", "i64"],
  result: undefined,
  beside: true,
  body(e, head, value) {
    const a = extended(head!, value!);
    refuseSpecialOne(e, a);
    e.if(isZero(e, a), () => give(e, a));
    e.if(signOf(e, a), () => refuse(e));
    e.if(isInfinite(e, a), () => give(e, a));
    const { exponent, significand } = normalized(e, a);
    const power = e.sub(32, exponent, e.i32(BIAS));
    // The number is this, or half of this, times 2^-62: 126 or 127 bits, of which the root has 64.
    const odd = e.zeroExtend(64, e.and(32, power, e.i32(1)));
    const high = e.shrU(64, significand, e.sub(64, e.i64(1), odd));
    const low = e.select(e.wrap(odd), e.i64(0), e.shl(64, significand, 63));
    const root = e.variable(e.i64(0));
    const bit = e.variable(e.i64(LEAD));
    e.while(
      () => e.ne(64, e.get(bit), e.i64(0)),
      () => {
        const candidate = e.or(64, e.get(root), e.get(bit));
        const square = wideProduct(e, candidate, candidate);
        const lowFits = e.geU(64, low, square.low);
        const fits = e.or(32, e.ltU(64, square.high, high), e.and(32, e.eq(64, square.high, high), lowFits));
        e.if(fits, () => e.set(root, candidate));
        e.set(bit, e.shrU(64, e.get(bit), 1));
      },
    );
    const square = wideProduct(e, e.get(root), e.get(root));
    const rest = e.sub(64, low, square.low);
    const borrowed = e.ltU(64, low, square.low);
    const more = e.ne(64, e.sub(64, high, square.high), e.zeroExtend(64, borrowed));
    const above = e.or(32, more, e.op("i64.gt_u", rest, e.get(root)));
    const inexact = e.select(above, e.i64(LEAD | 1n), e.i64(1));
    const nothingLeft = e.eqz(32, e.or(32, more, e.ne(64, rest, e.i64(0))));
    const below = e.select(nothingLeft, e.i64(0), inexact);
    const half = e.add(32, e.shrS(32, power, 1), e.i32(BIAS));
    round(e, { sign: e.i32(0), exponent: half, high: e.get(root), low: below }, precisionCut(e));
  },
};

/** Numbers of operations, as opcodes have them: FADD, FMUL, FCOM, FCOMP, FSUB, FSUBR, FDIV, FDIVR. */
const [MUL, DIV] = [1, 6] as const;
export const [COM, COMP, SUB] = [2, 3, 4] as const;

/** (operation, a, b): a op b. */
const compute: Routine<Emitter> = {
  name: "x87Compute",
  params: ["i32", ...TWO],
  result: undefined,
  beside: true,
  body(e, op, ...values) {
    const [a, b] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    const call = (routine: Routine<Emitter>, x: Extended, y: Extended): void =>
      void e.call(routine, x.head, x.significand, y.head, y.significand);
    const is = (number: number): Value => e.eq(32, op!, e.i32(number));
    const reversed = e.and(32, op!, e.i32(1));
    const pick = (one: Extended, other: Extended): Extended =>
      extended(e.select(reversed, other.head, one.head), e.select(reversed, other.significand, one.significand));
    const [first, second] = [pick(a, b), pick(b, a)];
    e.if(e.eqz(32, op!), () => {
      call(add, a, b);
      e.return();
    });
    e.if(is(MUL), () => {
      call(multiply, a, b);
      e.return();
    });
    e.if(e.geU(32, op!, e.i32(DIV)), () => {
      call(divide, first, second);
      e.return();
    });
    // The sign of what is no number stays.
    const nan = e.and(32, isSpecialNumber(e, second), e.i32(1));
    const flip = e.shl(32, e.eqz(32, nan), 15);
    call(add, first, extended(e.xor(32, second.head, flip), second.significand));
  },
};

/** NaNs, and what is like them: 1. */
function isSpecialNumber(e: Emitter, a: Extended): Value {
  const largest = e.eq(32, e.and(32, a.head, e.i32(MAX_EXPONENT)), e.i32(MAX_EXPONENT));
  return e.and(32, largest, e.ne(64, a.significand, e.i64(LEAD)));
}

export function arithmetic(e: Emitter, op: Value, a: Extended, b: Extended): void {
  e.call(compute, op, a.head, a.significand, b.head, b.significand);
}
