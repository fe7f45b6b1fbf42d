import { type ByteReader, type ByteWriter, hexDigits } from "../../base/index.ts";
import { damaged, type Field } from "./field.ts";

interface NumberOptions {
  /** At power-on; absent: 0. */
  readonly powerOn?: number;
  /** The bits that there are: others are dropped from what is read. */
  readonly mask?: number;
  /** The largest value, and what all are multiples of: any other is refused. */
  readonly max?: number;
  readonly step?: number;
}

/** Unsigned; in the device a number of the same low bits will do, as bit operations give. */
function unsigned(
  bits: 8 | 16 | 32,
  get: (from: ByteReader) => number,
  put: (value: number, to: ByteWriter) => void,
): (options?: NumberOptions) => Field<number> {
  return ({ powerOn = 0, mask, max, step } = {}) => ({
    kind: [
      `u${bits}`,
      ...Object.entries({ mask, max, step }).flatMap(([k, v]) => (v === undefined ? [] : `${k} ${v}`)),
    ].join(" "),
    powerOn: () => powerOn,
    write: put,
    read(from, at) {
      const value = get(from);
      if (value > (max ?? value) || value % (step ?? 1) !== 0) throw damaged(at, value);
      return mask === undefined ? value : (value & mask) >>> 0;
    },
    show: (name, value) => [`${name} = ${hexNumber(value, bits)}`],
  });
}

// prettier-ignore
export const u8 = unsigned(8, (from) => from.u8(), (value, to) => to.u8(value));
// prettier-ignore
export const u16 = unsigned(16, (from) => from.u16(), (value, to) => to.u16(value));
// prettier-ignore
export const u32 = unsigned(32, (from) => from.u32(), (value, to) => to.u32(value));

export function hexNumber(value: number, bits: number): string {
  return `0x${hexDigits((value >>> 0) % 2 ** bits, bits / 4)}`;
}

/** Unsigned 64 bits; at power-on 0 if not told otherwise. */
export function u64(powerOn = 0n): Field<bigint> {
  return {
    kind: "u64",
    powerOn: () => powerOn,
    write: (value, to) => void to.u64(value),
    read: (from) => from.u64(),
    show: (name, value) => [`${name} = 0x${hexDigits(value, 16)}`],
  };
}

/** Virtual time: a safe integer of nanoseconds, in 64 bits. */
export function ns(): Field<number> {
  return {
    kind: "ns",
    powerOn: () => 0,
    write: (value, to) => void to.safe(value),
    read: (from) => from.safe(),
    show: (name, value) => [`${name} = ${value}`],
  };
}

/** A byte, 0 or 1. Any other is read as true; refused where `strict`. */
export function flag({ powerOn = false, strict = false } = {}): Field<boolean> {
  return {
    kind: strict ? "strict flag" : "flag",
    powerOn: () => powerOn,
    write: (value, to) => void to.bool(value),
    read(from, at) {
      const byte = from.u8();
      if (strict && byte > 1) throw damaged(at, byte);
      return byte !== 0;
    },
    show: (name, value) => [`${name} = ${value ? "yes" : "no"}`],
  };
}

/** One of a few names, or none: a byte, 0 for none and else the name's number, from 1. */
export function oneOf<const T extends string>(names: readonly T[]): Field<T | undefined> {
  return {
    kind: `one of ${names.join("|")}`,
    powerOn: () => undefined,
    write: (value, to) => void to.u8(value === undefined ? 0 : names.indexOf(value) + 1),
    read(from, at) {
      const byte = from.u8();
      if (byte > names.length) throw damaged(at, byte);
      return names[byte - 1];
    },
    show: (name, value) => [`${name} = ${value ?? "none"}`],
  };
}
