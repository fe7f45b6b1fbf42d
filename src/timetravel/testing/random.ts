/** A seeded generator for tests (xorshift32): the same seed gives the same test. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (Math.imul(seed, 0x9e3779b1) ^ 0x6a09e667) | 0 || 1;
  }

  u32(): number {
    this.state = xorshift32(this.state);
    return this.state >>> 0;
  }

  /** An integer from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + (this.u32() % (to - from + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.u32() % items.length]!;
  }
}

export function xorshift32(x: number): number {
  x ^= x << 13;
  x ^= x >>> 17;
  return x ^ (x << 5);
}
