import type { Guest, Routine } from "../../isa/index.ts";
import { unitsOf } from "./units.ts";

/** Places in a page of RAM, in the guest's units, whose instructions ask before they run. */
export type BreakPlaces = ReadonlySet<number>;

const NONE: BreakPlaces = new Set();
const sameSet = (a: BreakPlaces, b: BreakPlaces | undefined): boolean =>
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
    /** These places of a page of RAM ask from now on, or do no longer. Not called while a region is in execution. */
    private readonly changed: (page: number, places: BreakPlaces) => void,
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

  placesOf(page: number): BreakPlaces {
    return this.places.get(page) ?? NONE;
  }

  /** An instruction fetch from a virtual page led to a page of RAM, maybe for the first time. */
  fetched(virtualPage: number, page: number): void {
    const wanted = this.wanted.get(virtualPage);
    if (!wanted) return;
    const before = this.placesOf(page);
    const added = new Set([...wanted].filter((place) => !before.has(place)));
    if (added.size === 0) return;
    this.places.set(page, new Set([...before, ...added]));
    this.changed(page, added);
  }

  private follow(): void {
    const wanted = new Map<number, Set<number>>();
    const { bytes } = unitsOf(this.guest);
    for (const address of [...this.asked, ...this.ofGuest.filter((address) => address !== -1n)]) {
      const virtualPage = Number(BigInt.asUintN(64, address) >> 12n);
      const places = wanted.get(virtualPage) ?? new Set();
      wanted.set(virtualPage, places.add(Math.floor(Number(address & 0xfffn) / bytes)));
    }
    const { wanted: before } = this;
    if (wanted.size === before.size && [...wanted].every(([page, places]) => sameSet(places, before.get(page)))) return;
    this.wanted = wanted;
    const asked = [...this.places];
    this.places.clear();
    for (const [page, places] of asked) this.changed(page, places);
    if (wanted.size > 0) this.lookUpAnew();
  }
}
