import type { Value } from "../index.ts";
import {
  and,
  laneBits,
  lanes,
  ltU,
  narrow,
  narrowBoth,
  not,
  ones,
  or,
  select,
  shift,
  signBits,
  type Size,
  splat,
  widen,
  widenMultiply,
  xor,
  zero,
} from "../vector.ts";
import type { A64 } from "./emitter.ts";
import { type Saturated } from "./simd-vector.ts";

/** Lane-wise integer arithmetic that Wasm does not have, as the manual's shared functions define it. */

const right = (signed: boolean): "shr_s" | "shr_u" => (signed ? "shr_s" : "shr_u");

/** (a + b) >> 1, or (a + b + 1) >> 1, without losing the carry. */
export function halvingAdd(e: A64, size: Size, signed: boolean, round: boolean, a: Value, b: Value): Value {
  const half = shift(e, size, right(signed), xor(e, a, b), 1);
  return round ? lanes(e, size, "sub", or(e, a, b), half) : lanes(e, size, "add", and(e, a, b), half);
}

/** (a - b) >> 1. */
export function halvingSub(e: A64, size: Size, signed: boolean, a: Value, b: Value): Value {
  const borrow = and(e, e.op("v128.andnot", b, a), splat(e, size, 1));
  const halves = lanes(e, size, "sub", shift(e, size, right(signed), a, 1), shift(e, size, right(signed), b, 1));
  return lanes(e, size, "sub", halves, borrow);
}

/** The largest number where `like` is not negative, the smallest where it is. */
function signedLimit(e: A64, size: Size, like: Value): Value {
  return xor(e, shift(e, size, "shr_s", like, laneBits(size) - 1), not(e, signBits(e, size)));
}

const negative = (e: A64, size: Size, a: Value): Value => shift(e, size, "shr_s", a, laneBits(size) - 1);

export function saturatingAdd(e: A64, size: Size, signed: boolean, a: Value, b: Value): Saturated {
  const sum = lanes(e, size, "add", a, b);
  if (!signed) {
    const saturated = ltU(e, size, sum, a);
    return { value: or(e, sum, saturated), saturated };
  }
  const saturated = negative(e, size, and(e, xor(e, sum, a), xor(e, sum, b)));
  return { value: select(e, saturated, signedLimit(e, size, a), sum), saturated };
}

export function saturatingSub(e: A64, size: Size, signed: boolean, a: Value, b: Value): Saturated {
  const difference = lanes(e, size, "sub", a, b);
  if (!signed) {
    const saturated = ltU(e, size, a, b);
    return { value: e.op("v128.andnot", difference, saturated), saturated };
  }
  const saturated = negative(e, size, and(e, xor(e, a, b), xor(e, difference, a)));
  return { value: select(e, saturated, signedLimit(e, size, a), difference), saturated };
}

/** SUQADD: signed d plus unsigned n, saturated as signed. */
export function addUnsignedToSigned(e: A64, size: Size, d: Value, n: Value): Saturated {
  const sum = lanes(e, size, "add", d, n);
  const saturated = lanes(e, size, "lt_s", sum, xor(e, n, signBits(e, size)));
  return { value: select(e, saturated, not(e, signBits(e, size)), sum), saturated };
}

/** USQADD: unsigned d plus signed n, saturated as unsigned. */
export function addSignedToUnsigned(e: A64, size: Size, d: Value, n: Value): Saturated {
  const sum = lanes(e, size, "add", d, n);
  const down = negative(e, size, n);
  const saturated = select(e, down, ltU(e, size, d, sum), ltU(e, size, sum, d));
  return { value: select(e, saturated, not(e, down), sum), saturated };
}

/** SQABS, SQNEG: `value` is |a| or -a by wrapping arithmetic. */
export function saturateMinimum(e: A64, size: Size, a: Value, value: Value): Saturated {
  const minimum = signBits(e, size);
  const saturated = lanes(e, size, "eq", a, minimum);
  return { value: select(e, saturated, not(e, minimum), value), saturated };
}

export function absoluteDifference(e: A64, size: Size, signed: boolean, a: Value, b: Value): Value {
  const sign = signed ? "s" : "u";
  return lanes(e, size, "sub", lanes(e, size, `max_${sign}`, a, b), lanes(e, size, `min_${sign}`, a, b));
}

/** Products modulo the lane; Wasm has none for bytes. */
export function multiply(e: A64, size: Size, a: Value, b: Value): Value {
  if (size > 0) return lanes(e, size, "mul", a, b);
  return narrowBoth(e, 0, widenMultiply(e, 0, false, 0, a, b), widenMultiply(e, 0, false, 1, a, b));
}

/** Carry-less products of 8-bit numbers that stand in lanes of `size`. */
export function polynomialMultiply(e: A64, size: Size, a: Value, b: Value): Value {
  let result = zero(e);
  for (let bit = 0; bit < 8; bit++) {
    const set = lanes(e, size, "ne", and(e, b, splat(e, size, 1 << bit)), zero(e));
    result = xor(e, result, and(e, shift(e, size, "shl", a, bit), set));
  }
  return result;
}

/** SQDMULH, SQRDMULH: the high half of 2ab; 16 or 32 bits. */
export function doublingMultiplyHigh(e: A64, size: Size, round: boolean, a: Value, b: Value): Saturated {
  const minimum = signBits(e, size);
  const saturated = and(e, lanes(e, size, "eq", a, minimum), lanes(e, size, "eq", b, minimum));
  const high = (part: number): Value => {
    let product = widenMultiply(e, size, true, part, a, b);
    if (round) product = lanes(e, size + 1, "add", product, splat(e, size + 1, 1n << BigInt(laneBits(size) - 2)));
    return shift(e, size + 1, "shr_s", product, laneBits(size) - 1);
  };
  const value = narrowBoth(e, size, high(0), high(1));
  return { value: select(e, saturated, not(e, minimum), value), saturated };
}

/** SQDMULL: 2ab in lanes of twice the size. */
export function doublingMultiplyLong(e: A64, size: Size, high: number, a: Value, b: Value): Saturated {
  const product = widenMultiply(e, size, true, high, a, b);
  return saturatingAdd(e, size + 1, true, product, product);
}

/** How a narrowing saturates: signed to signed, signed to unsigned, unsigned to unsigned. */
export type Saturation = "signed" | "signed to unsigned" | "unsigned";

/** Lanes of size + 1 to lanes of `size` in the low 64 bits. */
export function saturatingNarrow(e: A64, size: Size, saturation: Saturation, a: Value): Saturated {
  const wide = size + 1;
  const bits = laneBits(size);
  const sign = negative(e, wide, a);
  let fits: Value;
  let limit: Value;
  if (saturation === "signed") {
    fits = lanes(e, wide, "eq", shift(e, wide, "shr_s", shift(e, wide, "shl", a, bits), bits), a);
    limit = xor(e, sign, not(e, signBits(e, size)));
  } else {
    fits = lanes(e, wide, "eq", shift(e, wide, "shr_u", a, bits), zero(e));
    limit = saturation === "unsigned" ? ones(e) : not(e, sign);
  }
  return { value: narrow(e, size, select(e, fits, a, limit)), saturated: narrow(e, size, not(e, fits)) };
}

/** Right shift by 1 to the lane's bits: `less` is an i32, the distance minus one. */
export function shiftRight(e: A64, size: Size, signed: boolean, round: boolean, a: Value, less: Value): Value {
  const almost = shift(e, size, right(signed), a, less);
  const shifted = shift(e, size, right(signed), almost, 1);
  return round ? lanes(e, size, "add", shifted, and(e, almost, splat(e, size, 1))) : shifted;
}

/** Left shift by an i32 below the lane's bits, saturating. */
export function saturatingShiftLeft(e: A64, size: Size, saturation: Saturation, a: Value, by: Value): Saturated {
  const shifted = shift(e, size, "shl", a, by);
  const back = shift(e, size, right(saturation === "signed"), shifted, by);
  return shiftedLeft(e, size, saturation, a, shifted, back);
}

function shiftedLeft(e: A64, size: Size, saturation: Saturation, a: Value, shifted: Value, back: Value): Saturated {
  const overflow = lanes(e, size, "ne", back, a);
  if (saturation === "unsigned") return { value: or(e, shifted, overflow), saturated: overflow };
  if (saturation === "signed")
    return { value: select(e, overflow, signedLimit(e, size, a), shifted), saturated: overflow };
  const below = negative(e, size, a);
  return { value: e.op("v128.andnot", or(e, shifted, overflow), below), saturated: or(e, overflow, below) };
}

/** Each lane of `a` shifted by the number (0 to the lane's bits - 1) in the lane of `by`. */
function shiftEach(e: A64, size: Size, name: "shl" | "shr_s" | "shr_u", a: Value, by: Value): Value {
  let result = a;
  for (let bit = 0; 1 << bit < laneBits(size); bit++) {
    const set = lanes(e, size, "ne", and(e, by, splat(e, size, 1 << bit)), zero(e));
    result = select(e, set, shift(e, size, name, result, 1 << bit), result);
  }
  return result;
}

/** SSHL and its kin: by a signed byte in each lane of b, to the left when positive. */
export function shiftByRegister(
  e: A64,
  size: Size,
  how: { readonly signed: boolean; readonly round: boolean; readonly saturate: boolean },
  a: Value,
  b: Value,
): Value | Saturated {
  const bits = laneBits(size);
  const distance = shift(e, size, "shr_s", shift(e, size, "shl", b, bits - 8), bits - 8);
  const toRight = negative(e, size, distance);
  // The complement of a negative distance is the distance to the right minus one.
  const amount = xor(e, distance, toRight);
  const far = not(e, ltU(e, size, amount, splat(e, size, bits)));
  const near = select(e, far, splat(e, size, bits - 1), amount);

  const almost = shiftEach(e, size, right(how.signed), a, near);
  let shiftedRight = shift(e, size, right(how.signed), almost, 1);
  if (how.round) shiftedRight = lanes(e, size, "add", shiftedRight, and(e, almost, splat(e, size, 1)));
  // Rounding a number that is shifted out entirely gives zero, signed or not.
  if (how.round || !how.signed) shiftedRight = e.op("v128.andnot", shiftedRight, far);

  const left = e.op("v128.andnot", shiftEach(e, size, "shl", a, near), far);
  if (!how.saturate) return select(e, toRight, shiftedRight, left);
  const back = e.op("v128.andnot", shiftEach(e, size, right(how.signed), left, near), far);
  const saturating = shiftedLeft(e, size, how.signed ? "signed" : "unsigned", a, left, back);
  return {
    value: select(e, toRight, shiftedRight, saturating.value),
    saturated: e.op("v128.andnot", saturating.saturated, toRight),
  };
}

/** Sums of neighbouring lanes, in lanes of size + 1. */
export function pairwiseAddLong(e: A64, size: Size, signed: boolean, a: Value): Value {
  const wide = size + 1;
  const bits = laneBits(size);
  const even = shift(e, wide, right(signed), shift(e, wide, "shl", a, bits), bits);
  return lanes(e, wide, "add", even, shift(e, wide, right(signed), a, bits));
}

export function countLeadingZeros(e: A64, size: Size, a: Value): Value {
  let smeared = a;
  for (let by = 1; by < laneBits(size); by *= 2) smeared = or(e, smeared, shift(e, size, "shr_u", smeared, by));
  let count = e.op("i8x16.popcnt", not(e, smeared));
  for (let s = 0; s < size; s++) count = pairwiseAddLong(e, s, false, count);
  return count;
}

export function countLeadingSignBits(e: A64, size: Size, a: Value): Value {
  const changes = xor(e, a, shift(e, size, "shr_s", a, 1));
  return lanes(e, size, "sub", countLeadingZeros(e, size, changes), splat(e, size, 1));
}

export function reverseBits(e: A64, a: Value): Value {
  let result = a;
  for (const [by, mask] of [
    [1, 0x55],
    [2, 0x33],
    [4, 0x0f],
  ] as const) {
    const low = splat(e, 0, mask);
    result = or(e, and(e, shift(e, 0, "shr_u", result, by), low), shift(e, 0, "shl", and(e, result, low), by));
  }
  return result;
}

/** |a - b| in lanes of twice the size. */
export function absoluteDifferenceLong(e: A64, size: Size, signed: boolean, high: number, a: Value, b: Value): Value {
  const difference = lanes(e, size + 1, "sub", widen(e, size, signed, high, a), widen(e, size, signed, high, b));
  return lanes(e, size + 1, "abs", difference);
}

/** The high halves of lanes of size + 1, in the low 64 bits; rounded by adding half of what is cut off. */
export function narrowHigh(e: A64, size: Size, round: boolean, a: Value): Value {
  const bits = laneBits(size);
  const rounded = round ? lanes(e, size + 1, "add", a, splat(e, size + 1, 1n << BigInt(bits - 1))) : a;
  return narrow(e, size, shift(e, size + 1, "shr_u", rounded, bits));
}
