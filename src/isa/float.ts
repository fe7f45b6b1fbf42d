import type { Emitter } from "./emitter.ts";
import type { Value } from "./lowering.ts";

/** Floating-point numbers in integers: encodings are i64, zero-extended. */

/** A binary floating-point format of IEEE 754. */
export interface Format {
  readonly name: string;
  /** Bits of an encoding, and of its fraction. */
  readonly bits: number;
  readonly fraction: number;
  readonly bias: number;
  /** Encodings without a sign. */
  readonly infinity: bigint;
  readonly smallestNormal: bigint;
  readonly quiet: bigint;
  readonly defaultNan: bigint;
}

export function floatFormat(name: string, exponent: number, fraction: number): Format {
  const infinity = ((1n << BigInt(exponent)) - 1n) << BigInt(fraction);
  const quiet = 1n << BigInt(fraction - 1);
  return {
    name,
    bits: 1 + exponent + fraction,
    fraction,
    bias: 2 ** (exponent - 1) - 1,
    infinity,
    smallestNormal: 1n << BigInt(fraction),
    quiet,
    defaultNan: infinity | quiet,
  };
}

export const SINGLE = floatFormat("Single", 8, 23);
export const DOUBLE = floatFormat("Double", 11, 52);

export const magnitude = (e: Emitter, { bits }: Format, a: Value): Value =>
  e.and(64, a, e.i64((1n << BigInt(bits - 1)) - 1n));
/** 0 or 1, an i64. */
export const signOf = (e: Emitter, { bits }: Format, a: Value): Value => e.shrU(64, a, bits - 1);
export const signBit = ({ bits }: Format): bigint => 1n << BigInt(bits - 1);
export const isNanBits = (e: Emitter, f: Format, a: Value): Value => e.ltU(64, e.i64(f.infinity), magnitude(e, f, a));

/** Shifts a number that is not zero right, keeping in the last bit whether anything was cut off. */
export function shiftRightSticky(e: Emitter, a: Value, by: Value): Value {
  const kept = e.shrU(64, a, by);
  const lost = e.zeroExtend(64, e.ne(64, e.shl(64, kept, by), a));
  return e.select(e.ltU(64, by, e.i64(64)), e.or(64, kept, lost), e.i64(1));
}

export interface Unpacked {
  /** The leading one is bit 63. */
  readonly significand: Value;
  /** Biased; the number is significand · 2^(exponent - bias - 63). */
  readonly exponent: Value;
}

/** A finite number that is not zero. */
export function unpack(e: Emitter, f: Format, a: Value): Unpacked {
  const m = magnitude(e, f, a);
  const field = e.shrU(64, m, f.fraction);
  const fraction = e.and(64, m, e.i64(f.smallestNormal - 1n));
  const lead = e.clz(64, fraction);
  const subnormal = e.eqz(64, field);
  const normal = e.or(64, e.shl(64, fraction, 63 - f.fraction), e.i64(1n << 63n));
  return {
    significand: e.select(subnormal, e.shl(64, fraction, lead), normal),
    exponent: e.select(subnormal, e.sub(64, e.i64(64 - f.fraction), lead), field),
  };
}
