import type { Emitter, Routine, Value } from "../index.ts";
import { state } from "./state.ts";
import {
  BIAS,
  C0,
  C1,
  C2,
  C3,
  DE,
  type Extended,
  exponentOf,
  IE,
  indefinite,
  LEAD,
  MAX_EXPONENT,
  noteIf,
  OE,
  PE,
  setResult,
  settle,
  SF,
  signed,
  signOf,
  isEmpty,
  popTimes,
  st,
  UE,
  ZE,
} from "./x87.ts";
import {
  extended,
  isDenormal,
  isInfinite,
  isNan,
  isSignalling,
  isUnsupported,
  isZero,
  normalized,
  TWO,
} from "./x87-number.ts";
import { fromSize, integerOf } from "./x87-remainder.ts";
import { narrow, roundsUp } from "./x87-round.ts";

/** What goes to memory and comes from it, and comparisons. */

/** Kinds of operands in memory. */
export const [SINGLE, DOUBLE, INTEGER] = [0, 1, 2] as const;

const FORMATS = [
  { fraction: 23, exponent: 8 },
  { fraction: 52, exponent: 11 },
] as const;

/** (kind, encoding): the result becomes that number. What is denormal is noted; a NaN stays as it is. */
export const widen: Routine<Emitter> = {
  name: "x87Widen",
  params: ["i32", "i64"],
  result: undefined,
  beside: true,
  body(e, kind, bits) {
    FORMATS.forEach(({ fraction, exponent }, one) =>
      e.if(e.eq(32, kind!, e.i32(one)), () => {
        const sign = e.wrap(e.shrU(64, bits!, fraction + exponent));
        const field = e.and(32, e.wrap(e.shrU(64, bits!, fraction)), e.i32(2 ** exponent - 1));
        const rest = e.shl(64, bits!, 64 - fraction);
        const significand = e.or(64, e.shrU(64, rest, 1), e.i64(LEAD));
        const bias = 2 ** (exponent - 1) - 1;
        e.if(e.eqz(32, field), () => {
          const lead = e.clz(64, rest);
          e.if(e.eqz(64, rest), () => {
            setResult(e, extended(signed(e, sign, e.i32(0)), rest));
            e.return();
          });
          noteIf(e, DE, e.i32(1));
          const place = e.sub(32, e.i32(BIAS - bias), e.wrap(lead));
          setResult(e, extended(signed(e, sign, place), e.shl(64, rest, lead)));
          e.return();
        });
        const largest = e.eq(32, field, e.i32(2 ** exponent - 1));
        const biased = e.select(largest, e.i32(MAX_EXPONENT), e.add(32, field, e.i32(BIAS - bias)));
        setResult(e, extended(signed(e, sign, biased), significand));
        e.return();
      }),
    );
    const sign = e.wrap(e.shrU(64, bits!, 63));
    const size = e.select(sign, e.neg(64, bits!), bits!);
    e.if(e.eqz(64, size), () => {
      setResult(e, extended(e.i32(0), size));
      e.return();
    });
    setResult(e, fromSize(e, sign, size));
  },
};

/** (kind) → ST(0) as a single or double, an i64. */
export const storeFloat: Routine<Emitter> = {
  name: "x87StoreFloat",
  params: ["i32"],
  result: "i64",
  beside: true,
  body(e, kind) {
    e.write(state.fpuNoted, e.i32(0));
    const top = st(e, 0);
    const empty = isEmpty(e, 0);
    const refused = e.or(32, empty, isUnsupported(e, top));
    noteIf(e, IE, refused);
    noteIf(e, SF, empty);
    const nan = indefinite(e);
    const a = extended(e.select(refused, nan.head, top.head), e.select(refused, nan.significand, top.significand));
    const sign = signOf(e, a);
    noteIf(e, IE, isSignalling(e, a));
    const single = e.eqz(32, kind!);
    const special = (significand: Value): void => {
      const whole = e.shl(64, significand, 1);
      const quiet = e.select(e.eqz(64, whole), e.i64(0), e.i64(LEAD));
      const fraction = e.or(64, whole, quiet);
      const narrowed = (fractionBits: number, infinity: bigint, bits: number): Value =>
        e.or(
          64,
          e.shl(64, e.zeroExtend(64, sign), bits),
          e.or(64, e.i64(infinity), e.shrU(64, fraction, 64 - fractionBits)),
        );
      e.return(e.select(single, narrowed(23, 0xffn << 23n, 31), narrowed(52, 0x7ffn << 52n, 63)));
    };
    e.if(e.eq(32, exponentOf(e, a), e.i32(MAX_EXPONENT)), () => special(a.significand));
    e.if(isZero(e, a), () => {
      const zero = e.zeroExtend(64, sign);
      e.return(e.select(single, e.shl(64, zero, 31), e.shl(64, zero, 63)));
    });
    const n = normalized(e, a);
    e.if(single, () => e.return(e.call(narrow[0]!, sign, n.exponent, n.significand)));
    return e.call(narrow[1]!, sign, n.exponent, n.significand);
  },
};

/** (rounding mode, the first magnitude too large for a positive number) → ST(0) as an integer; -2^63 and invalid if that is none. */
export const storeInteger: Routine<Emitter> = {
  name: "x87StoreInteger",
  params: ["i32", "i64"],
  result: "i64",
  beside: true,
  body(e, mode, limit) {
    e.write(state.fpuNoted, e.i32(0));
    const a = st(e, 0);
    const refuse = (more = 0): void => {
      e.write(state.fpuNoted, e.i32(IE | more));
      e.return(e.i64(LEAD));
    };
    e.if(isEmpty(e, 0), () => refuse(SF));
    e.if(isUnsupported(e, a), () => refuse());
    e.if(e.geS(32, exponentOf(e, a), e.i32(BIAS + 64)), () => refuse());
    const sign = signOf(e, a);
    const { integer, rest } = integerOf(e, a);
    const up = roundsUp(e, sign, e.and(64, integer, e.i64(1)), rest, mode!);
    const size = e.add(64, integer, e.zeroExtend(64, up));
    // Packed decimals have a sign of their own; other integers have one more negative number.
    const decimal = e.eq(64, limit!, e.i64(DECIMAL_LIMIT));
    const bound = e.sub(64, limit!, e.zeroExtend(64, e.or(32, decimal, e.eqz(32, sign))));
    const wraps = e.and(32, up, e.eqz(64, size));
    e.if(e.or(32, wraps, e.op("i64.gt_u", size, bound)), () => refuse());
    noteIf(e, PE, e.ne(64, rest, e.i64(0)));
    noteIf(e, C1, up);
    return e.select(sign, e.neg(64, size), size);
  },
};
export const DECIMAL_LIMIT = 10n ** 18n;

/** What nothing is stored for. */
const REFUSED = IE | DE | ZE | OE | UE;
export const storeRefused = (e: Emitter): Value =>
  e.and(32, e.and(32, e.read(state.fpuNoted), e.not(32, e.read(state.fpuControl))), e.i32(REFUSED));

/** (pops): after a store. */
export const settleStore: Routine<Emitter> = {
  name: "x87SettleStore",
  params: ["i32"],
  result: undefined,
  beside: true,
  body(e, pops) {
    const refused = storeRefused(e);
    // What is not stored was not rounded.
    e.if(refused, () => e.write(state.fpuNoted, e.and(32, e.read(state.fpuNoted), e.i32(~(PE | C1)))));
    settle(e);
    e.if(e.eqz(32, refused), () => popTimes(e, pops!));
  },
};

/** (1: only signalling NaNs are invalid; a, b) → i32: C3, C2 and C0 of a beside b. */
const compareNumbers: Routine<Emitter> = {
  name: "x87Compare",
  params: ["i32", ...TWO],
  result: "i32",
  beside: true,
  body(e, quiet, ...values) {
    const [a, b] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    const either = (is: (e: Emitter, one: Extended) => Value): Value => e.or(32, is(e, a), is(e, b));
    const unsupported = either(isUnsupported);
    e.if(e.or(32, unsupported, either(isNan)), () => {
      const loud = e.or(32, e.or(32, unsupported, either(isSignalling)), e.eqz(32, quiet!));
      e.write(state.fpuNoted, e.select(loud, e.i32(IE), e.i32(0)));
      e.return(e.i32(C0 | C2 | C3));
    });
    noteIf(e, DE, either(isDenormal));
    e.if(e.and(32, isZero(e, a), isZero(e, b)), () => e.return(e.i32(C3)));
    const [signA, signB] = [signOf(e, a), signOf(e, b)];
    const less = (yes: Value): Value => e.select(yes, e.i32(C0), e.i32(0));
    e.if(e.ne(32, signA, signB), () => e.return(less(signA)));
    // A pseudo-denormal is what the least normal exponent would make of it.
    const exponent = (one: Extended): Value => {
      const own = exponentOf(e, one);
      return e.add(32, own, e.and(32, e.eqz(32, own), e.ltS(64, one.significand, e.i64(0))));
    };
    const [exponentA, exponentB] = [exponent(a), exponent(b)];
    const sameExponent = e.eq(32, exponentA, exponentB);
    const equal = e.and(32, sameExponent, e.eq(64, a.significand, b.significand));
    e.if(equal, () => e.return(e.i32(C3)));
    const smaller = e.select(sameExponent, e.ltU(64, a.significand, b.significand), e.ltU(32, exponentA, exponentB));
    return less(e.xor(32, smaller, signA));
  },
};
export function compare(e: Emitter, quiet: Value, a: Extended, b: Extended): Value {
  return e.call(compareNumbers, quiet, a.head, a.significand, b.head, b.significand);
}

/** () → i32: what FXAM says of ST(0), C1 included. */
export const examine: Routine<Emitter> = {
  name: "x87Examine",
  params: [],
  result: "i32",
  beside: true,
  body(e) {
    const a = st(e, 0);
    const sign = e.mul(32, signOf(e, a), e.i32(C1));
    const say = (when: Value, bits: number): void => e.if(when, () => e.return(e.or(32, sign, e.i32(bits))));
    say(isEmpty(e, 0), C3 | C0);
    say(isUnsupported(e, a), 0);
    say(isNan(e, a), C0);
    say(isInfinite(e, a), C2 | C0);
    say(isZero(e, a), C3);
    say(isDenormal(e, a), C3 | C2);
    return e.or(32, sign, e.i32(C2));
  },
};
