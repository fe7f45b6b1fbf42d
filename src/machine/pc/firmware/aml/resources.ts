import { type Bytes, u16, u32, u64 } from "../bytes.ts";
import { buffer } from "./data.ts";
import type { Aml } from "./encoding.ts";

/** Resource descriptors (ACPI specification, 6.4), in a buffer with their end tag. */
export const resources = (...descriptors: readonly Bytes[]): Aml => buffer([...descriptors.flat(), 0x79, 0]);

/** Ports, all 16 address bits decoded. */
export const io = (first: number, alignment: number, count: number): Bytes => [
  ...[0x47, 1],
  ...u16(first, first),
  ...[alignment, count],
];

/** An edge-triggered interrupt of an ISA device. */
export const irq = (number: number): Bytes => [0x22, ...u16(1 << number)];

/** A channel of 8 bits. */
export const dma = (channel: number): Bytes => [0x2a, 1 << channel, 0];

export const memory32 = (base: number, bytes: number): Bytes => {
  const READ_ONLY = 0;
  return [0x86, ...u16(9), READ_ONLY, ...u32(base, bytes)];
};

/** Level, active high, shared. */
export function interrupts(...numbers: readonly number[]): Bytes {
  const CONSUMER = 1;
  const SHARED = 8;
  return [0x89, ...u16(2 + 4 * numbers.length), CONSUMER | SHARED, numbers.length, ...u32(...numbers)];
}

const Kind = { MEMORY: 0, IO: 1, BUS: 2 } as const;
/** What a bridge passes on, of fixed ends. */
const FIXED_WINDOW = 0x0c;
const READ_WRITE = 1;
const CACHEABLE = 2;
const ENTIRE_RANGE = 3;

/** Granularity, ends, offset and length of a window, each of one width. */
function window(tag: number, kind: number, flags: number, width: (...values: number[]) => Bytes, ends: Ends): Bytes {
  const { first, last } = ends;
  const body = [kind, FIXED_WINDOW, flags, ...width(0, first, last, 0, last - first + 1)];
  return [tag, ...u16(body.length), ...body];
}

/** The first and the last of a window. */
export interface Ends {
  readonly first: number;
  readonly last: number;
}

export const busWindow = (ends: Ends): Bytes => window(0x88, Kind.BUS, 0, u16, ends);
export const ioWindow = (ends: Ends): Bytes => window(0x88, Kind.IO, ENTIRE_RANGE, u16, ends);
export const memoryWindow = (ends: Ends): Bytes => window(0x87, Kind.MEMORY, READ_WRITE, u32, ends);
export const cacheableWindow = (ends: Ends): Bytes => window(0x87, Kind.MEMORY, READ_WRITE | CACHEABLE, u32, ends);
export const cacheableWindow64 = (ends: Ends): Bytes => window(0x8a, Kind.MEMORY, READ_WRITE | CACHEABLE, u64, ends);
