/** Sets of vectors: eight words of 32 bits each, as ISR, TMR and IRR. */

export function has(set: Uint32Array, vector: number): boolean {
  return ((set[vector >> 5]! >>> (vector & 31)) & 1) === 1;
}

export function put(set: Uint32Array, vector: number, isIn: boolean): void {
  const bit = 1 << (vector & 31);
  if (isIn) set[vector >> 5]! |= bit;
  else set[vector >> 5]! &= ~bit;
}

/** The highest vector; -1: there is none. */
export function highest(set: Uint32Array): number {
  for (let n = 7; n >= 0; n--) if (set[n] !== 0) return 32 * n + 31 - Math.clz32(set[n]!);
  return -1;
}
