/** Of virtual pages: each takes some 200 bytes. */
const MAX_PAGES = 2 ** 17;
/** Of addresses where nothing could be fetched: each takes some 50 bytes. */
const MAX_NOT_FETCHED = 2 ** 18;
/** Of pages of RAM that they led to: each takes some 20 bytes more. */
const MAX_WAYS = 2 ** 20;

/**
 * Which instruction addresses this CPU may ever have executed, in any history, or tried to: the pages of RAM that a
 * virtual page led to, the places in them that were decoded or translated, and where nothing could be fetched. A "no" is certain.
 */
export class ExecutedCode {
  /** A bit per place, by page of RAM. */
  private readonly places: (Uint32Array | undefined)[] = [];
  private readonly pages = new Map<number, Set<number>>();
  private readonly unfetched = new Set<bigint>();
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
    if (++this.ways === MAX_WAYS || this.pages.size === MAX_PAGES) this.giveUp();
  }

  /** The instruction at this address was to be executed, and could not be fetched. */
  notFetched(address: bigint): void {
    if (this.tooMany) return;
    this.unfetched.add(address);
    if (this.unfetched.size === MAX_NOT_FETCHED) this.giveUp();
  }

  private giveUp(): void {
    this.tooMany = true;
    this.pages.clear();
    this.unfetched.clear();
  }

  mayInclude(address: bigint): boolean {
    if (this.tooMany || this.unfetched.has(address)) return true;
    const place = Math.floor((Number(address & 0xfffn) * this.perPage) / 4096);
    for (const page of this.pages.get(Number(address >> 12n)) ?? [])
      if ((this.places[page]?.[place >> 5] ?? 0) & (1 << (place & 31))) return true;
    return false;
  }
}
