/** What is compared of a guest: its registers, and which of them is the program counter. */
export interface RegisterSet {
  readonly names: readonly string[];
  readonly pc: number;
  /** A register's bits that some instructions leave undefined: what QEMU then has depends on where it begins a block. */
  readonly undefined?: { readonly register: number; readonly bits: bigint };
}

export const newState = ({ names }: RegisterSet): BigUint64Array<ArrayBuffer> => new BigUint64Array(names.length);

/** The registers that differ. */
export function differing(a: BigUint64Array, b: BigUint64Array): number[] {
  const found = [];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) found.push(i);
  return found;
}

/** Whether two states are the same, but for bits that are undefined. */
export function same({ undefined: unsure }: RegisterSet, a: BigUint64Array, b: BigUint64Array): boolean {
  return differing(a, b).every((n) => n === unsure?.register && ((a[n]! ^ b[n]!) & ~unsure.bits) === 0n);
}

export const hex = (value: bigint, digits = 16): string => value.toString(16).padStart(digits, "0");
