import type { Size } from "./operands.ts";
import { NO_SEGMENT } from "./state.ts";

/** Names of registers and conditions, as both syntaxes have them. */

export const SEGMENTS = ["es", "cs", "ss", "ds", "fs", "gs"] as const;
export const CONDITIONS = [
  ...(["o", "no", "b", "ae", "e", "ne", "be", "a"] as const),
  ...(["s", "ns", "p", "np", "l", "ge", "le", "g"] as const),
] as const;

const WORDS = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const LOW_BYTES = ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"];
const HIGH_BYTES = ["ah", "ch", "dh", "bh"];

/** `number`: where it begins in the register file, if it has 8 bits. */
export function generalName(size: Size, number: number): string {
  if (size === 8) {
    if (number & 1) return HIGH_BYTES[number >> 3]!;
    const whole = number >> 3;
    return LOW_BYTES[whole] ?? `r${whole}b`;
  }
  if (number >= 8) return `r${number}${size === 64 ? "" : size === 32 ? "d" : "w"}`;
  return `${size === 64 ? "r" : size === 32 ? "e" : ""}${WORDS[number]!}`;
}

/** The accumulator. */
export const accumulator = (size: Size): string => generalName(size, 0);

export const segmentName = (segment: number): string | undefined =>
  segment === NO_SEGMENT ? undefined : SEGMENTS[segment];

/** AT&T's letters of sizes, and Intel's words. */
export const SUFFIX: Readonly<Record<number, string>> = { 8: "b", 16: "w", 32: "l", 64: "q" };
export const POINTER: Readonly<Record<number, string>> = {
  ...{ 8: "byte ptr ", 16: "word ptr ", 32: "dword ptr ", 64: "qword ptr ", 80: "tbyte ptr ", 128: "xmmword ptr " },
};
