/** What is compared of a guest: its registers, and which of them is the program counter. */
export interface RegisterSet {
  readonly names: readonly string[];
  readonly pc: number;
}

export const newState = ({ names }: RegisterSet): BigUint64Array<ArrayBuffer> => new BigUint64Array(names.length);

/** The registers that differ. */
export function differing(a: BigUint64Array, b: BigUint64Array): number[] {
  const found = [];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) found.push(i);
  return found;
}

export const hex = (value: bigint, digits = 16): string => value.toString(16).padStart(digits, "0");
