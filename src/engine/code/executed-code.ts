/** Of virtual pages: each takes some 200 bytes. */
const MAX_PAGES = 2 ** 17;
/** Of pages of RAM that they led to: each takes some 20 bytes more. */
const MAX_WAYS = 2 ** 20;

/**
 * Which instruction addresses this CPU may ever have executed, in any history: the pages of RAM that a virtual page led
 * to, and the words in them that were decoded or translated. A "no" is certain.
 */
export class ExecutedCode {
  /** A bit per word, by page of RAM. */
  private readonly words: (Uint32Array | undefined)[] = [];
  private readonly pages = new Map<number, Set<number>>();
  private ways = 0;
  /** It knows nothing any more: all may have been executed. */
  private tooMany = false;

  add(page: number, word: number): void {
    const words = (this.words[page] ??= new Uint32Array(1024 / 32));
    words[word >> 5]! |= 1 << (word & 31);
  }

  /** `virtualPage`: bits 12 to 63 of an address. */
  fetched(virtualPage: number, page: number): void {
    const pages = this.pages.get(virtualPage);
    if (this.tooMany || pages?.has(page)) return;
    if (pages) pages.add(page);
    else this.pages.set(virtualPage, new Set([page]));
    if (++this.ways < MAX_WAYS && this.pages.size < MAX_PAGES) return;
    this.tooMany = true;
    this.pages.clear();
  }

  mayInclude(address: bigint): boolean {
    if (this.tooMany) return true;
    const word = Number((address >> 2n) & 1023n);
    for (const page of this.pages.get(Number(address >> 12n)) ?? [])
      if ((this.words[page]?.[word >> 5] ?? 0) & (1 << (word & 31))) return true;
    return false;
  }
}
