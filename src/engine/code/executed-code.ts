/** Of virtual pages: each takes some 200 bytes. */
const MAX_PAGES = 2 ** 17;
/** Of pages of RAM that they led to: each takes some 20 bytes more. */
const MAX_WAYS = 2 ** 20;

/**
 * Which instruction addresses this CPU may ever have executed, in any history: the pages of RAM that a virtual page led
 * to, and the places in them that were decoded or translated. A "no" is certain.
 */
export class ExecutedCode {
  /** A bit per place, by page of RAM. */
  private readonly places: (Uint32Array | undefined)[] = [];
  private readonly pages = new Map<number, Set<number>>();
  private ways = 0;
  /** It knows nothing any more: all may have been executed. */
  private tooMany = false;

  /** @param perPage places in a page: the guest's units */
  constructor(private readonly perPage = 1024) {}

  add(page: number, place: number): void {
    const places = (this.places[page] ??= new Uint32Array(this.perPage / 32));
    places[place >> 5]! |= 1 << (place & 31);
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
    const place = Math.floor((Number(address & 0xfffn) * this.perPage) / 4096);
    for (const page of this.pages.get(Number(address >> 12n)) ?? [])
      if ((this.places[page]?.[place >> 5] ?? 0) & (1 << (place & 31))) return true;
    return false;
  }
}
