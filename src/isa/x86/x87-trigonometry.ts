import { wideProduct } from "../float-arithmetic.ts";
import type { Emitter, Routine, Value } from "../index.ts";
import { BIAS } from "./x87.ts";
import { COSINE, HALF_PI, SINE, TWO_OVER_PI } from "./x87-constants.ts";
import {
  ACCUMULATOR,
  ANGLE,
  multiplyFloats,
  multiplyWide,
  normalizeWide,
  powerSeries,
  readWide,
  setVariable,
  single,
  wide,
  type WideFloat,
  writeWide,
} from "./x87-wide.ts";

/** Sines and cosines: angles are reduced by as much of π as they ask for. */

const WORDS = [0n, 1n, 2n, 3n].map((n) => BigInt.asUintN(64, TWO_OVER_PI >> (64n * n)));

/**
 * (exponent, significand): the rest of an angle below 2^63, at most π/4, is left as ANGLE → i32: its exponent in the upper
 * bits; bit 2: it is negative; bits 0 and 1: how many right angles were taken away.
 */
const reduce: Routine<Emitter> = {
  name: "x87ReduceAngle",
  params: ["i32", "i64"],
  result: "i32",
  beside: true,
  body(e, exponent, significand) {
    const found = (of: WideFloat, bits: Value): void => {
      writeWide(e, ANGLE, of);
      e.return(e.or(32, e.shl(32, of.exponent, 3), bits));
    };
    e.if(e.ltS(32, exponent!, e.i32(-1)), () => found({ ...single(e, significand!), exponent: exponent! }, e.i32(0)));
    // Five words, least first: the angle in right angles, times 2^(319 - exponent).
    const products = WORDS.map((word) => wideProduct(e, significand!, e.i64(BigInt.asIntN(64, word))));
    const words: Value[] = [products[0]!.low];
    let carried = products[0]!.high;
    for (const { high, low } of products.slice(1)) {
      const word = e.add(64, low, carried);
      words.push(word);
      carried = e.add(64, high, e.zeroExtend(64, e.ltU(64, word, low)));
    }
    words.push(carried);
    // The fraction to the top; what leaves it is the number of right angles.
    const up = e.zeroExtend(64, e.add(32, exponent!, e.i32(1)));
    const down = e.sub(64, e.i64(63), up);
    const moved = (n: number): Value =>
      e.or(64, e.shl(64, words[n]!, up), e.shrU(64, e.shrU(64, words[n - 1]!, 1), down));
    const whole = e.wrap(e.shrU(64, e.shrU(64, words[4]!, 1), down));
    const negative = e.shrU(64, moved(4), 63);
    const flip = e.neg(64, negative);
    const fraction = [4, 3, 2].map((n) => e.xor(64, moved(n), flip));
    const none = e.eqz(64, fraction[0]!);
    const [first, second, third] = [0, 1, 2].map((n) =>
      e.select(none, n < 2 ? fraction[n + 1]! : e.i64(0), fraction[n]!),
    );
    const lead = e.clz(64, first!);
    const rest = e.sub(64, e.i64(63), lead);
    const join = (high: Value, low: Value): Value =>
      e.or(64, e.shl(64, high, lead), e.shrU(64, e.shrU(64, low, 1), rest));
    const product = multiplyWide(e, { high: join(first!, second!), low: join(second!, third!) }, wide(e, HALF_PI));
    const scale = e.sub(32, e.i32(0), e.add(32, e.wrap(lead), e.shl(32, none, 6)));
    const quadrant = e.and(32, e.add(32, whole, e.wrap(negative)), e.i32(3));
    const bits = e.or(32, quadrant, e.shl(32, e.wrap(negative), 2));
    found(normalizeWide(e, product, scale), bits);
    return e.i32(0);
  },
};

/** (exponent of ANGLE) → the exponent of its sine, or cosine, which is the accumulator. */
const wave = (name: string, coefficients: readonly bigint[], odd: boolean): Routine<Emitter> => ({
  name: `x87${name}`,
  params: ["i32"],
  result: "i32",
  beside: true,
  body(e, exponent) {
    const angle: WideFloat = { ...readWide(e, ANGLE), exponent: exponent! };
    setVariable(e, multiplyFloats(e, angle, angle));
    const series: WideFloat = normalizeWide(e, powerSeries(e, coefficients, e.i32(1)), e.i32(0));
    const value = odd ? multiplyFloats(e, angle, series) : series;
    writeWide(e, ACCUMULATOR, value);
    return value.exponent;
  },
});
const sine = wave("Sine", SINE, true);
const cosine = wave("Cosine", COSINE, false);

export interface Wave {
  /** 0 or 1. */
  readonly sign: Value;
  readonly value: WideFloat;
}
export interface Angle {
  sine(): Wave;
  cosine(): Wave;
}

/** A finite number that is not 0, below 2^63. `exponent`: biased. */
export function angleOf(e: Emitter, sign: Value, exponent: Value, significand: Value): Angle {
  const reduced = e.call(reduce, e.sub(32, exponent, e.i32(BIAS)), significand);
  const power = e.shrS(32, reduced, 3);
  const quadrant = e.and(32, reduced, e.i32(3));
  const negative = e.and(32, e.shrU(32, reduced, 2), e.i32(1));
  const odd = e.and(32, quadrant, e.i32(1));
  const value = (isSine: Value, minus: Value): Wave => {
    const found = e.variable(e.i32(0));
    e.if(
      isSine,
      () => e.set(found, e.call(sine, power)),
      () => e.set(found, e.call(cosine, power)),
    );
    const own = e.and(32, isSine, negative);
    return { sign: e.xor(32, minus, own), value: { ...readWide(e, ACCUMULATOR), exponent: e.get(found) } };
  };
  return {
    sine: () => value(e.eqz(32, odd), e.xor(32, sign, e.shrU(32, quadrant, 1))),
    cosine: () => value(odd, e.and(32, e.shrU(32, e.add(32, quadrant, e.i32(1)), 1), e.i32(1))),
  };
}
