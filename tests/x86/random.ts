import { Random as Numbers } from "../differential/random.ts";

/** Values of operands, the same for the same seed. */
export class Random extends Numbers {
  /** 32 bits, signed. */
  bits(): number {
    return this.u32() | 0;
  }
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** 32 bits, often such that something comes of them. */
  word(): number {
    switch (this.below(6)) {
      case 0:
        return this.between(-3, 3);
      case 1:
        return this.pick([0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000 | 0]);
      case 2:
        return 1 << this.below(32);
      default:
        return this.bits();
    }
  }
  /** The same of 64 bits, unsigned. */
  quad(): bigint {
    const low = BigInt.asUintN(32, BigInt(this.word()));
    switch (this.below(5)) {
      case 0:
        return BigInt.asUintN(64, BigInt(this.word()));
      case 1:
        return low;
      case 2:
        return BigInt.asUintN(64, -1n << BigInt(this.below(64)));
      default:
        return (BigInt.asUintN(32, BigInt(this.word())) << 32n) | low;
    }
  }
}
