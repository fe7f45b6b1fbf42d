/** What is compared: x0 to x30, sp, pc, PSTATE. */
export const SP = 31;
export const PC = 32;
export const PSTATE = 33;
export const REGISTERS = 34;

export const registerName = (index: number): string => ["sp", "pc", "pstate"][index - SP] ?? `x${index}`;

export const newState = (): BigUint64Array<ArrayBuffer> => new BigUint64Array(REGISTERS);

/** The registers that differ. */
export function differing(a: BigUint64Array, b: BigUint64Array): number[] {
  const found = [];
  for (let i = 0; i < REGISTERS; i++) if (a[i] !== b[i]) found.push(i);
  return found;
}

export const hex = (value: bigint, digits = 16): string => value.toString(16).padStart(digits, "0");
