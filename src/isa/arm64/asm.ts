/** The parts of assembly text, in GNU objdump's style: lower case, `#` before immediates, addresses in hexadecimal. */

/** Condition names by their 4-bit encoding (C1.2.4). */
// prettier-ignore
const CONDITIONS = [
  "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv",
] as const;

export const condition = (cond: number): string => CONDITIONS[cond & 15]!;

/** A 64-bit general register; 31 is xzr. */
export const x = (n: number): string => (n === 31 ? "xzr" : `x${n}`);
/** A 32-bit general register; 31 is wzr. */
export const w = (n: number): string => (n === 31 ? "wzr" : `w${n}`);
/** A general register, 64 bits when `sf` is not 0; 31 is zero. */
export const reg = (sf: number | boolean, n: number): string => (sf ? x(n) : w(n));
/** A general register, 64 bits when `sf` is not 0; 31 is the stack pointer. */
export const regOrSp = (sf: number | boolean, n: number): string => (n === 31 ? (sf ? "sp" : "wsp") : reg(sf, n));

/** A SIMD&FP scalar register of 2^log2Bytes bytes: b, h, s, d, q. */
export const scalar = (log2Bytes: number, n: number): string => `${"bhsdq"[log2Bytes]!}${n}`;
/** A whole vector register with its arrangement: v3.16b. */
export const vector = (n: number, arrangement: string): string => `v${n}.${arrangement}`;
/** One element of a vector register: v3.s[1]; `log2Bytes` is the element's size. */
export const element = (log2Bytes: number, n: number, index: number): string => `v${n}.${"bhsd"[log2Bytes]!}[${index}]`;
/** The arrangement of elements of 2^log2Bytes bytes in 64 (q = 0) or 128 bits (q = 1): 8b, 16b, 4h, ... 2d. */
export const arrangement = (log2Bytes: number, q: number): string => `${(8 << q) >> log2Bytes}${"bhsd"[log2Bytes]!}`;
/** `{v1.16b, v2.16b}`: `count` registers in a row, wrapping at 31; objdump writes three and more as a range. */
export function vectorList(first: number, count: number, arrangement: string): string {
  const names = Array.from({ length: count }, (_, i) => vector((first + i) % 32, arrangement));
  const range = count > 2 && first + count <= 32;
  return range ? `{${names[0]!}-${names[count - 1]!}}` : `{${names.join(", ")}}`;
}

/** An immediate in hexadecimal: #0x1f. */
export const hex = (n: number | bigint): string => `#0x${n.toString(16)}`;
/** An immediate in decimal: #-16. */
export const decimal = (n: number | bigint): string => `#${n}`;
/** The value of a `bits` wide two's complement field. */
export const signedField = (n: number, bits: number): number => (n << (32 - bits)) >> (32 - bits);
/** An absolute address: the target of a PC-relative operand. */
export const target = (address: bigint, offset: number | bigint): string =>
  `0x${BigInt.asUintN(64, address + BigInt(offset)).toString(16)}`;

export const SHIFTS = ["lsl", "lsr", "asr", "ror"] as const;
export const EXTENDS = ["uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx"] as const;

/** `, lsl #3`, or nothing when the shift does nothing. */
export const shiftSuffix = (type: number, amount: number): string =>
  type === 0 && amount === 0 ? "" : `, ${SHIFTS[type]!} #${amount}`;

export type IndexMode = "offset" | "pre" | "post";

/** `[x1]`, `[sp, #16]`, `[x1, #16]!`, `[x1], #16`. */
export function memory(rn: number, offset = 0, mode: IndexMode = "offset"): string {
  const base = regOrSp(1, rn);
  if (mode === "post") return `[${base}], #${offset}`;
  if (mode === "pre") return `[${base}, #${offset}]!`;
  return offset === 0 ? `[${base}]` : `[${base}, #${offset}]`;
}

/** `[x1, x2]`, `[x1, x2, lsl #3]`, `[x1, w2, sxtw]`; `option` is the extend type, `scaled` the S bit, `scale` log2 of the access size in bytes. */
export function memoryRegister(rn: number, rm: number, option: number, scaled: number, scale: number): string {
  const index = reg(option & 1, rm);
  const amount = scaled ? ` #${scale}` : "";
  const extend = option === 3 ? (scaled ? `, lsl${amount}` : "") : `, ${EXTENDS[option]!}${amount}`;
  return `[${regOrSp(1, rn)}, ${index}${extend}]`;
}

/** A mnemonic and its operands, joined as objdump does: `add\tx0, x1, x2`, with one space for the tab. */
export const line = (mnemonic: string, ...operands: readonly string[]): string =>
  operands.length === 0 ? mnemonic : `${mnemonic} ${operands.join(", ")}`;
