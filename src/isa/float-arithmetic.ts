import type { Emitter } from "./emitter.ts";
import { type Format, shiftRightSticky, signOf, unpack, type Unpacked } from "./float.ts";
import type { Value } from "./lowering.ts";

/**
 * Sums, products, quotients and roots of finite numbers that are not zero, with enough bits to round them: the last bit
 * of a significand says whether anything was cut off below it.
 */

export interface Sum extends Unpacked {
  /** 0 or 1. */
  readonly sign: Value;
}

/** a + b. `smaller`: a has the smaller magnitude. `differ`: their signs do. `cancelled` returns when nothing is left. */
export function finiteSum(
  e: Emitter,
  f: Format,
  [a, b]: readonly [Value, Value],
  { smaller: swap, differ }: { readonly smaller: Value; readonly differ: Value },
  cancelled: () => void,
): Sum {
  const larger = e.select(swap, b, a);
  const [l, s] = [unpack(e, f, larger), unpack(e, f, e.select(swap, a, b))];
  const big = e.shrU(64, l.significand, 2);
  const small = shiftRightSticky(e, e.shrU(64, s.significand, 2), e.sub(64, l.exponent, s.exponent));
  const sum = e.select(differ, e.sub(64, big, small), e.add(64, big, small));
  e.if(e.eqz(64, sum), cancelled);
  const lead = e.clz(64, sum);
  const exponent = e.sub(64, e.add(64, l.exponent, e.i64(2)), lead);
  return { sign: signOf(e, f, larger), exponent, significand: e.shl(64, sum, lead) };
}

/** The 128-bit product of two i64. */
export function wideProduct(e: Emitter, a: Value, b: Value): { readonly high: Value; readonly low: Value } {
  const lowHalf = (v: Value): Value => e.and(64, v, e.i64(0xffffffffn));
  const highHalf = (v: Value): Value => e.shrU(64, v, 32);
  const first = e.add(64, e.mul(64, highHalf(a), lowHalf(b)), highHalf(e.mul(64, lowHalf(a), lowHalf(b))));
  const second = e.add(64, e.mul(64, lowHalf(a), highHalf(b)), lowHalf(first));
  const high = e.add(64, e.mul(64, highHalf(a), highHalf(b)), e.add(64, highHalf(first), highHalf(second)));
  return { high, low: e.mul(64, a, b) };
}

/** 1 where anything is left. */
const sticky = (e: Emitter, rest: Value): Value => e.zeroExtend(64, e.ne(64, rest, e.i64(0)));

/** a · b, without its sign. */
export function finiteProduct(e: Emitter, f: Format, a: Value, b: Value): Unpacked {
  const [n, m] = [unpack(e, f, a), unpack(e, f, b)];
  const { high, low } = wideProduct(e, n.significand, m.significand);
  const lead = e.clz(64, high);
  const exponent = e.sub(64, e.add(64, n.exponent, m.exponent), e.add(64, e.i64(f.bias - 1), lead));
  // The leading one is bit 127 or 126; of the lower half only its own leading bits matter.
  const top = e.or(64, e.shl(64, high, lead), e.and(64, e.shrU(64, low, 63), lead));
  const rest = e.shl(64, low, lead);
  return { exponent, significand: e.or(64, top, sticky(e, rest)) };
}

/** a / b, without its sign. */
export function finiteQuotient(e: Emitter, f: Format, a: Value, b: Value): Unpacked {
  const [n, m] = [unpack(e, f, a), unpack(e, f, b)];
  const divisor = e.shrU(64, m.significand, 11);
  const dividend = e.shrU(64, n.significand, 11);
  const quotient = e.variable(e.op("i64.div_u", dividend, divisor));
  const remainder = e.variable(e.op("i64.rem_u", dividend, divisor));
  for (let part = 0; part < 5; part++) {
    const next = e.shl(64, e.get(remainder), 11);
    e.set(quotient, e.or(64, e.shl(64, e.get(quotient), 11), e.op("i64.div_u", next, divisor)));
    e.set(remainder, e.op("i64.rem_u", next, divisor));
  }
  // 55 or 56 bits; a quotient of 1 has bit 55.
  const lead = e.clz(64, e.get(quotient));
  const exponent = e.add(64, e.sub(64, n.exponent, m.exponent), e.sub(64, e.i64(f.bias + 8), lead));
  const significand = e.or(64, e.shl(64, e.get(quotient), lead), sticky(e, e.get(remainder)));
  return { exponent, significand };
}

/** The square root of a positive number. */
export function finiteRoot(e: Emitter, f: Format, a: Value): Unpacked {
  const n = unpack(e, f, a);
  const power = e.sub(64, n.exponent, e.i64(f.bias));
  // 53 bits, or 54 of which the last is 0; times 2^52 the root is an integer of 53 bits.
  const radicand = e.shl(64, e.shrU(64, n.significand, 11), e.and(64, power, e.i64(1)));
  const scaled = e.op("f64.mul", e.op("f64.convert_i64_u", radicand), e.f64(2 ** 52));
  const root = e.op("i64.trunc_sat_f64_u", e.op("f64.sqrt", scaled));
  // Root squared less the number, modulo 2^64: it is small. Its sign tells on which side the exact root lies.
  const excess = e.sub(64, e.mul(64, root, root), e.shl(64, radicand, 52));
  const side = e.sub(64, e.zeroExtend(64, e.ltS(64, excess, e.i64(0))), e.zeroExtend(64, e.ltS(64, e.i64(0), excess)));
  const exponent = e.add(64, e.i64(f.bias), e.shrS(64, power, 1));
  // Just below a power of two the leading one would move; that needs a root of exactly 2^52, which is exact.
  return { exponent, significand: e.add(64, e.shl(64, root, 11), side) };
}
