import { littleEndian } from "../../../hardware/index.ts";

/** Bytes of a table in the making. */
export type Bytes = readonly number[];

/** Unsigned numbers, little-endian. */
export const u8 = (...values: readonly number[]): Bytes => values;
export const u16 = (...values: readonly number[]): Bytes => values.flatMap((value) => [...littleEndian(2, value)]);
export const u32 = (...values: readonly number[]): Bytes => values.flatMap((value) => [...littleEndian(4, value)]);
export const u64 = (...values: readonly number[]): Bytes => values.flatMap((value) => [...littleEndian(8, value)]);

export const zeros = (count: number): Bytes => new Array<number>(count).fill(0);

/** ASCII, filled up to `length`. */
export function ascii(text: string, length = text.length, fill = 0): Bytes {
  return Array.from({ length }, (_, index) => (index < text.length ? text.charCodeAt(index) : fill));
}

/** Bytes, and zeros up to a length. */
export function padded(bytes: Bytes, length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(bytes);
  return all;
}
