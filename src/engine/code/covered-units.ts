/** The units of each page with predecoded code that translations, made or asked for, depend on: a bit each, for the write gate. */
export class CoveredUnits {
  /** @param bitsOf of a page; undefined where it has no code any more */
  constructor(private readonly bitsOf: (page: number) => Uint8Array | undefined) {}

  add(page: number, units: Iterable<number>): void {
    const bits = this.bitsOf(page);
    if (bits) for (const unit of units) bits[unit >> 3]! |= 1 << (unit & 7);
  }

  replace(page: number, units: Iterable<number>): void {
    this.bitsOf(page)?.fill(0);
    this.add(page, units);
  }
}
