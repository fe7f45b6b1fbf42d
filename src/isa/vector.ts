import type { Emitter } from "./emitter.ts";
import type { Value } from "./lowering.ts";

/** Operations on the lanes of vectors of 128 bits, named as WebAssembly names them. */

/** Base-2 logarithm of a lane's size in bytes: 0 to 3 for B, H, S, D. */
export type Size = number;

/** The Wasm name of a lane shape. */
const shape = (size: Size): string => ["i8x16", "i16x8", "i32x4", "i64x2"][size]!;
/** Bits of a lane. */
export const laneBits = (size: Size): number => 8 << size;

/** `lanes(e, 1, "add", a, b)` is i16x8.add. */
export function lanes(e: Emitter, size: Size, name: string, ...operands: (Value | number)[]): Value {
  return e.op(`${shape(size)}.${name}`, ...operands);
}

export function replaceLane(e: Emitter, size: Size, a: Value, lane: number, value: Value): Value {
  return lanes(e, size, "replace_lane", a, value, lane);
}

const range16 = Array.from({ length: 16 }, (_, i) => i);

/** The same number in every lane. */
export function splat(e: Emitter, size: Size, value: number | bigint): Value {
  const n = BigInt(value);
  return e.vector(range16.map((i) => Number((n >> BigInt(8 * (i % (1 << size)))) & 0xffn)));
}

/** One byte number per byte of the vector. */
export function byteVector(e: Emitter, byte: (i: number) => number): Value {
  return e.vector(range16.map((i) => byte(i) & 0xff));
}

export const zero = (e: Emitter): Value => splat(e, 0, 0);
export const ones = (e: Emitter): Value => splat(e, 0, -1);
export const not = (e: Emitter, a: Value): Value => e.op("v128.not", a);
export const and = (e: Emitter, a: Value, b: Value): Value => e.op("v128.and", a, b);
export const or = (e: Emitter, a: Value, b: Value): Value => e.op("v128.or", a, b);
export const xor = (e: Emitter, a: Value, b: Value): Value => e.op("v128.xor", a, b);
/** Per bit: a where the mask is 1, otherwise b. */
export const select = (e: Emitter, mask: Value, a: Value, b: Value): Value => e.op("v128.bitselect", a, b, mask);
export const anyTrue = (e: Emitter, a: Value): Value => e.op("v128.any_true", a);

/** Smallest signed number in every lane: the sign bits. */
export const signBits = (e: Emitter, size: Size): Value => splat(e, size, 1n << BigInt(laneBits(size) - 1));

/** Unsigned "less than", also for 64-bit lanes, which Wasm compares signed only. */
export function ltU(e: Emitter, size: Size, a: Value, b: Value): Value {
  if (size < 3) return lanes(e, size, "lt_u", a, b);
  const sign = signBits(e, size);
  return lanes(e, size, "lt_s", xor(e, a, sign), xor(e, b, sign));
}

/** Shift of all lanes; a number, or an i32 below the lane's bits. */
export function shift(e: Emitter, size: Size, name: "shl" | "shr_s" | "shr_u", a: Value, by: number | Value): Value {
  if (by === 0) return a;
  return lanes(e, size, name, a, typeof by === "number" ? e.i32(by) : by);
}

/** The bytes that `map` names, counted through `sources` one after the other; -1 is a zero byte. */
export function gather(e: Emitter, sources: readonly Value[], map: (i: number) => number): Value {
  const wanted = range16.map(map);
  let result = zero(e);
  for (let first = 0; first < sources.length; first += 2) {
    const a = sources[first]!;
    const b = sources[first + 1] ?? a;
    const here = wanted.map((w) => w >= 16 * first && w < 16 * first + 32);
    if (!here.some(Boolean)) continue;
    const part = e.op(
      "i8x16.shuffle",
      a,
      b,
      wanted.map((w, i) => (here[i] ? w - 16 * first : 0)),
    );
    if (here.every(Boolean)) return part;
    const mask = e.vector(here.map((h) => (h ? 255 : 0)));
    result = or(e, result, and(e, part, mask));
  }
  return result;
}

/** As `gather`, by lanes: `map` gives the source lane of each lane. */
export function gatherLanes(e: Emitter, size: Size, sources: readonly Value[], map: (lane: number) => number): Value {
  const bytes = 1 << size;
  return gather(e, sources, (i) => {
    const lane = map(i >> size);
    return lane < 0 ? -1 : lane * bytes + (i % bytes);
  });
}

/** Even- and odd-numbered lanes of n:m, each as one vector; of the low halves when `bits` is 64. */
export function pairs(e: Emitter, size: Size, bits: number, n: Value, m: Value): { even: Value; odd: Value } {
  const count = bits >> (3 + size);
  const half = count / 2;
  const total = 16 >> size;
  const pick =
    (odd: number) =>
    (lane: number): number => {
      const i = lane % count;
      return i < half ? 2 * i + odd : total + 2 * (i - half) + odd;
    };
  return { even: gatherLanes(e, size, [n, m], pick(0)), odd: gatherLanes(e, size, [n, m], pick(1)) };
}

/** Lanes of twice the size from the low half of a vector, or from its high half. */
export function widen(e: Emitter, size: Size, signed: boolean, high: number, a: Value): Value {
  return lanes(e, size + 1, `extend_${high ? "high" : "low"}_${shape(size)}_${signed ? "s" : "u"}`, a);
}

/** Products of twice the size. */
export function widenMultiply(e: Emitter, size: Size, signed: boolean, high: number, a: Value, b: Value): Value {
  return lanes(e, size + 1, `extmul_${high ? "high" : "low"}_${shape(size)}_${signed ? "s" : "u"}`, a, b);
}

/** The low halves of lanes of size + 1, in the low 64 bits; zeros above. */
export function narrow(e: Emitter, size: Size, a: Value): Value {
  return gatherLanes(e, size, [a], (lane) => (lane < 8 >> size ? 2 * lane : -1));
}

/** The low halves of two vectors of lanes of size + 1. */
export function narrowBoth(e: Emitter, size: Size, low: Value, high: Value): Value {
  return gatherLanes(e, size, [low, high], (lane) => 2 * lane);
}

/** The low `bits` bits; zeros above. */
export function keep(e: Emitter, bits: number, a: Value): Value {
  if (bits === 128) return a;
  if (bits === 64) return replaceLane(e, 3, a, 1, e.i64(0));
  return and(
    e,
    a,
    byteVector(e, (i) => (8 * i < bits ? 255 : 0)),
  );
}
