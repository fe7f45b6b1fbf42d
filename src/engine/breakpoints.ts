import type { Guest, Routine } from "../isa/index.ts";

/** Where instructions ask before they run: addresses of a debugger, and those of the guest itself. */
export class Breakpoints {
  private asked: ReadonlySet<bigint> = new Set();
  /** By number; -1 is off. */
  private readonly ofGuest: bigint[] = [];

  constructor(
    private readonly guest: Guest,
    private readonly call: (routine: Routine<never>, n: number) => number | bigint | undefined,
  ) {}

  set(addresses: ReadonlySet<bigint>): void {
    this.asked = addresses;
  }

  /** Whether a debugger asked for this one. */
  has(address: bigint): boolean {
    return this.asked.has(address);
  }

  /** Looks at the guest's own, which it may have changed in the last step of a run only; true when it has. */
  followGuest(): boolean {
    const { breakpoints = 0, routines } = this.guest;
    if (!routines.breakpointAddress) return false;
    let changed = false;
    for (let n = 0; n < breakpoints; n++) {
      const address = this.call(routines.breakpointAddress, n) as bigint;
      changed ||= (this.ofGuest[n] ?? -1n) !== address;
      this.ofGuest[n] = address;
    }
    return changed;
  }

  /** Offsets in their pages of all words that ask. */
  offsets(): ReadonlySet<number> {
    const addresses = [...this.asked, ...this.ofGuest.filter((address) => address !== -1n)];
    return new Set(addresses.map((address) => Number(address & 0xfffn) & ~3));
  }
}
