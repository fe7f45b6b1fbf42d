import { wideProduct } from "../float-arithmetic.ts";
import type { Emitter, Routine, Value } from "../index.ts";
import { state } from "./state.ts";
import { LEAD } from "./x87.ts";
import { normalize128, shiftRight128 } from "./x87-round.ts";

/**
 * Numbers of 128 bits, in which x87's functions are computed: a relative error of some 2^-120, where 2^-64 is asked for.
 * What routines leave is in `state.fpuWide`.
 */

export interface Wide {
  readonly high: Value;
  readonly low: Value;
}
/** A positive number: its leading one is bit 127, which means 2^exponent (an i32). */
export interface WideFloat extends Wide {
  readonly exponent: Value;
}

/** Places of `fpuWide`: the accumulator, what series are in, an angle. */
const VARIABLE = 2;
export const [ACCUMULATOR, ANGLE] = [0, 4] as const;
type Place = typeof ACCUMULATOR | typeof VARIABLE | typeof ANGLE;

export const readWide = (e: Emitter, place: Place): Wide => ({
  high: e.read(state.fpuWide, place),
  low: e.read(state.fpuWide, place + 1),
});
export function writeWide(e: Emitter, place: Place, { high, low }: Wide): void {
  e.write(state.fpuWide, high, place);
  e.write(state.fpuWide, low, place + 1);
}
export const wide = (e: Emitter, value: bigint): Wide => ({
  high: e.i64(BigInt.asIntN(64, value >> 64n)),
  low: e.i64(BigInt.asIntN(64, value)),
});
export const single = (e: Emitter, high: Value): Wide => ({ high, low: e.i64(0) });

export function addWide(e: Emitter, a: Wide, b: Wide): Wide {
  const low = e.add(64, a.low, b.low);
  const carry = e.zeroExtend(64, e.ltU(64, low, a.low));
  return { high: e.add(64, e.add(64, a.high, b.high), carry), low };
}
export function subtractWide(e: Emitter, a: Wide, b: Wide): Wide {
  const borrow = e.zeroExtend(64, e.ltU(64, a.low, b.low));
  return { high: e.sub(64, e.sub(64, a.high, b.high), borrow), low: e.sub(64, a.low, b.low) };
}
export const selectWide = (e: Emitter, condition: Value, a: Wide, b: Wide): Wide => ({
  high: e.select(condition, a.high, b.high),
  low: e.select(condition, a.low, b.low),
});
export const isZeroWide = (e: Emitter, { high, low }: Wide): Value => e.eqz(64, e.or(64, high, low));
export const shiftRightWide = (e: Emitter, { high, low }: Wide, by: Value): Wide => shiftRight128(e, high, low, by);
/** `exponent`: what bit 127 means now. */
export function normalizeWide(e: Emitter, { high, low }: Wide, exponent: Value): WideFloat {
  const found = normalize128(e, high, low);
  return { high: found.high, low: found.low, exponent: e.sub(32, exponent, found.lead) };
}

/** (a, b): the accumulator becomes the upper half of a · b, or up to 3 less in its last bit. */
const multiply: Routine<Emitter> = {
  name: "x87WideMultiply",
  params: ["i64", "i64", "i64", "i64"],
  result: undefined,
  beside: true,
  body(e, aHigh, aLow, bHigh, bLow) {
    const top = wideProduct(e, aHigh!, bHigh!);
    const middle = addWide(
      e,
      { high: e.i64(0), low: wideProduct(e, aHigh!, bLow!).high },
      { high: e.i64(0), low: wideProduct(e, aLow!, bHigh!).high },
    );
    writeWide(e, ACCUMULATOR, addWide(e, top, middle));
  },
};
export function multiplyWide(e: Emitter, a: Wide, b: Wide): Wide {
  e.call(multiply, a.high, a.low, b.high, b.low);
  return readWide(e, ACCUMULATOR);
}
/** The product of two numbers. */
export function multiplyFloats(e: Emitter, a: WideFloat, b: WideFloat): WideFloat {
  return normalizeWide(e, multiplyWide(e, a, b), e.add(32, e.add(32, a.exponent, b.exponent), e.i32(1)));
}

/** (constant, 1: less): the accumulator, times the variable, is added to the constant, or taken from it. */
const step: Routine<Emitter> = {
  name: "x87SeriesStep",
  params: ["i64", "i64", "i32"],
  result: undefined,
  beside: true,
  body(e, high, low, less) {
    const product = multiplyWide(e, readWide(e, ACCUMULATOR), readWide(e, VARIABLE));
    const constant = { high: high!, low: low! };
    writeWide(e, ACCUMULATOR, selectWide(e, less!, subtractWide(e, constant, product), addWide(e, constant, product)));
  },
};

/** A power series in the variable, which is below 1; bit 127 of coefficients and of the sum means 1. `less`: signs alternate. */
export function powerSeries(e: Emitter, coefficients: readonly bigint[], less: Value): Wide {
  const [first, ...others] = coefficients.toReversed();
  writeWide(e, ACCUMULATOR, wide(e, first!));
  for (const coefficient of others) {
    const { high, low } = wide(e, coefficient);
    e.call(step, high, low, less);
  }
  const found = readWide(e, ACCUMULATOR);
  // Just 1 it is not.
  const one = e.and(32, e.eq(64, found.high, e.i64(LEAD)), e.eqz(64, found.low));
  const below = wide(e, (1n << 127n) - 1n);
  return selectWide(e, e.and(32, one, less), below, found);
}
/** The variable becomes a number below 1. */
export function setVariable(e: Emitter, { exponent, ...mantissa }: WideFloat): void {
  writeWide(e, VARIABLE, shiftRightWide(e, mantissa, e.sub(32, e.i32(-1), exponent)));
}

/** (a, b), with leading ones → i32: 1 where a is less. The accumulator becomes the quotient, bit 127 set. */
const divide: Routine<Emitter> = {
  name: "x87WideDivide",
  params: ["i64", "i64", "i64", "i64"],
  result: "i32",
  beside: true,
  body(e, aHigh, aLow, bHigh, bLow) {
    const b = { high: bHigh!, low: bLow! };
    const [high, low] = [e.variable(aHigh!), e.variable(aLow!)];
    const carry = e.variable(e.i64(0));
    const quotient = [e.variable(e.i64(0)), e.variable(e.i64(0))] as const;
    const double = (): void => {
      e.set(carry, e.shrU(64, e.get(high), 63));
      e.set(high, e.or(64, e.shl(64, e.get(high), 1), e.shrU(64, e.get(low), 63)));
      e.set(low, e.shl(64, e.get(low), 1));
    };
    const atLeast = (): Value => {
      const [h, l] = [e.get(high), e.get(low)];
      const same = e.and(32, e.eq(64, h, b.high), e.geU(64, l, b.low));
      return e.or(32, e.wrap(e.get(carry)), e.or(32, e.op("i64.gt_u", h, b.high), same));
    };
    const less = e.eqz(32, atLeast());
    e.if(less, double);
    const left = e.variable(e.i32(128));
    e.while(
      () => e.get(left),
      () => {
        const fits = atLeast();
        const rest = subtractWide(e, { high: e.get(high), low: e.get(low) }, b);
        e.if(fits, () => {
          e.set(high, rest.high);
          e.set(low, rest.low);
        });
        e.set(quotient[0], e.or(64, e.shl(64, e.get(quotient[0]), 1), e.shrU(64, e.get(quotient[1]), 63)));
        e.set(quotient[1], e.or(64, e.shl(64, e.get(quotient[1]), 1), e.zeroExtend(64, fits)));
        double();
        e.set(left, e.sub(32, e.get(left), e.i32(1)));
      },
    );
    writeWide(e, ACCUMULATOR, { high: e.get(quotient[0]), low: e.get(quotient[1]) });
    return less;
  },
};
export function divideFloats(e: Emitter, a: WideFloat, b: WideFloat): WideFloat {
  const less = e.call(divide, a.high, a.low, b.high, b.low);
  return { ...readWide(e, ACCUMULATOR), exponent: e.sub(32, e.sub(32, a.exponent, b.exponent), less) };
}
