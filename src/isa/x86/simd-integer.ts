import type { Value } from "../index.ts";
import { gatherLanes, laneBits, lanes, shift, splat, widenMultiply, zero } from "../vector.ts";
import type { X86 } from "./emitter.ts";

/** Integer operations on vectors, of 64 bits or of 128; sizes are logarithms of lanes' bytes. The first operand is the destination. */
export type Binary = (e: X86, a: Value, b: Value, bits: 64 | 128) => Value;

export const lanewise =
  (size: number, name: string): Binary =>
  (e, a, b) =>
    lanes(e, size, name, a, b);

export const bitwise =
  (name: string): Binary =>
  (e, a, b) =>
    e.op(`v128.${name}`, a, b);
/** Wasm negates the second operand, x86 the first. */
export const andNot: Binary = (e, a, b) => e.op("v128.andnot", b, a);

/** Lanes of the low or of the high half, alternating. */
export const unpack =
  (size: number, high: boolean): Binary =>
  (e, a, b, bits) => {
    const first = high ? bits >> (4 + size) : 0;
    return gatherLanes(e, size, [a, b], (lane) => first + (lane >> 1) + (lane & 1 ? 16 >> size : 0));
  };

/** Two vectors as one of lanes of half the size, saturated. */
export const pack =
  (size: number, name: string): Binary =>
  (e, a, b, bits) => {
    if (bits === 128) return lanes(e, size, name, a, b);
    const both = gatherLanes(e, 3, [a, b], (lane) => 2 * lane);
    return lanes(e, size, name, both, both);
  };

/** The upper halves of products of words. */
export const multiplyHigh =
  (signed: boolean): Binary =>
  (e, a, b) =>
    gatherLanes(
      e,
      1,
      [0, 1].map((high) => widenMultiply(e, 1, signed, high, a, b)),
      (lane) => 2 * lane + 1,
    );
/** Products of the even doublewords. */
export const multiplyEven: Binary = (e, a, b) => {
  const even = (value: Value): Value => e.op("v128.and", value, splat(e, 3, 0xffff_ffff));
  return lanes(e, 3, "mul", even(a), even(b));
};
export const multiplyAdd: Binary = (e, a, b) => e.op("i32x4.dot_i16x8_s", a, b);

/** Sums of absolute differences of eight bytes. */
export const sumOfDifferences: Binary = (e, a, b) => {
  const saturated = (x: Value, y: Value): Value => lanes(e, 0, "sub_sat_u", x, y);
  const words = e.op("i16x8.extadd_pairwise_i8x16_u", e.op("v128.or", saturated(a, b), saturated(b, a)));
  const doublewords = e.op("i32x4.extadd_pairwise_i16x8_u", words);
  const evenSums = e.op("v128.and", doublewords, splat(e, 3, 0xffff_ffff));
  return lanes(e, 3, "add", evenSums, shift(e, 3, "shr_u", doublewords, 32));
};

export type ShiftName = "shl" | "shr_s" | "shr_u";

/** Shifts all lanes by a count (i64): by more than they have, all is gone, or signs stay. */
export function shiftLanes(e: X86, size: number, name: ShiftName, value: Value, count: Value): Value {
  const most = e.i64(laneBits(size) - 1);
  const within = e.select(e.ltU(64, most, count), most, count);
  const shifted = shift(e, size, name, value, e.wrap(within));
  return name === "shr_s" ? shifted : e.select(e.ltU(64, most, count), zero(e), shifted);
}

/** Shifts the whole vector by bytes (i32). */
export function shiftBytes(e: X86, left: boolean, value: Value, count: Value): Value {
  const most = e.i32(16);
  const by = lanes(e, 0, "splat", e.select(e.ltU(32, most, count), most, count));
  const numbers = e.vector(Array.from({ length: 16 }, (_, n) => n));
  return e.op("i8x16.swizzle", value, lanes(e, 0, left ? "sub" : "add", numbers, by));
}
