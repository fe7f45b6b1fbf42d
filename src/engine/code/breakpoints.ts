import type { Guest, Routine } from "../../isa/index.ts";

/** Words of a page of RAM, 0 to 1023, whose instructions ask before they run. */
export type BreakWords = ReadonlySet<number>;

const NONE: BreakWords = new Set();
const sameSet = (a: BreakWords, b: BreakWords | undefined): boolean =>
  b?.size === a.size && [...a].every((n) => b.has(n));

/**
 * Where instructions ask before they run: addresses of a debugger, and those of the guest itself. Only pages of RAM that
 * a breakpoint's virtual page has led to are any slower for it.
 */
export class Breakpoints {
  private asked: ReadonlySet<bigint> = new Set();
  /** By number; -1 is off. */
  private readonly ofGuest: bigint[] = [];
  /** By virtual page: bits 12 to 63 of an address. */
  private wanted = new Map<number, Set<number>>();
  /** By page of RAM: what was wanted of the virtual pages that led to it. */
  private readonly places = new Map<number, Set<number>>();

  constructor(
    private readonly guest: Guest,
    private readonly call: (routine: Routine<never>, n: number) => number | bigint | undefined,
    /** These words of a page of RAM ask from now on, or do no longer. Not called while a region is in execution. */
    private readonly changed: (page: number, words: BreakWords) => void,
    /** From now on `fetched` must be told of every virtual page, also of those that it was told before. */
    private readonly lookUpAnew: () => void,
  ) {}

  set(addresses: ReadonlySet<bigint>): void {
    this.asked = addresses;
    this.follow();
  }

  /** Whether a debugger asked for this one. */
  has(address: bigint): boolean {
    return this.asked.has(address);
  }

  /** Looks at the guest's own, which it may have changed in the last step of a run only. */
  followGuest(): void {
    const { breakpoints = 0, routines } = this.guest;
    if (!routines.breakpointAddress) return;
    let changed = false;
    for (let n = 0; n < breakpoints; n++) {
      const address = this.call(routines.breakpointAddress, n) as bigint;
      changed ||= (this.ofGuest[n] ?? -1n) !== address;
      this.ofGuest[n] = address;
    }
    if (changed) this.follow();
  }

  wordsOf(page: number): BreakWords {
    return this.places.get(page) ?? NONE;
  }

  /** An instruction fetch from a virtual page led to a page of RAM, maybe for the first time. */
  fetched(virtualPage: number, page: number): void {
    const wanted = this.wanted.get(virtualPage);
    if (!wanted) return;
    const before = this.wordsOf(page);
    const added = new Set([...wanted].filter((word) => !before.has(word)));
    if (added.size === 0) return;
    this.places.set(page, new Set([...before, ...added]));
    this.changed(page, added);
  }

  private follow(): void {
    const wanted = new Map<number, Set<number>>();
    for (const address of [...this.asked, ...this.ofGuest.filter((address) => address !== -1n)]) {
      const virtualPage = Number(BigInt.asUintN(64, address) >> 12n);
      const words = wanted.get(virtualPage) ?? new Set();
      wanted.set(virtualPage, words.add(Number((address >> 2n) & 1023n)));
    }
    const { wanted: before } = this;
    if (wanted.size === before.size && [...wanted].every(([page, words]) => sameSet(words, before.get(page)))) return;
    this.wanted = wanted;
    const places = [...this.places];
    this.places.clear();
    for (const [page, words] of places) this.changed(page, words);
    if (wanted.size > 0) this.lookUpAnew();
  }
}
