const pagesPerSlab = 256;

/**
 * Room for copies of pages, used again and again: a thousand snapshots make a million copies, and buffers of their own
 * would cost more than the copying.
 */
export class PageCopies {
  private readonly free: Uint8Array[] = [];

  constructor(private readonly pageBytes: number) {}

  /** Room with anything in it. */
  take(): Uint8Array {
    if (this.free.length === 0) this.addSlab();
    return this.free.pop()!;
  }

  /** Given back: whoever still has it sees another page. */
  giveBack(room: Uint8Array): void {
    this.free.push(room);
  }

  private addSlab(): void {
    const slab = new Uint8Array(pagesPerSlab * this.pageBytes);
    for (let at = slab.length - this.pageBytes; at >= 0; at -= this.pageBytes)
      this.free.push(slab.subarray(at, at + this.pageBytes));
  }
}
