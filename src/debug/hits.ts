import { assert, type Disposable } from "../base/index.ts";
import type { Watchpoint } from "../machine/index.ts";
import type { Session } from "../timetravel/index.ts";

/** The break- and watchpoints of all parties; the session is given their union. */
export class HitTable {
  private readonly owners = new Set<HitOwner>();
  /** In force instead of all points. */
  private alone: bigint | undefined;

  constructor(private readonly session: Session) {}

  /** A list of its own for one party; disposing it removes its points. */
  owner(): HitOwner {
    const owner: HitOwner = new HitOwner(
      () => this.update(),
      () => this.owners.delete(owner),
    );
    this.owners.add(owner);
    return owner;
  }

  /** Does `work` with this one breakpoint; what is set and removed meanwhile counts afterwards. */
  async only<T>(address: bigint, work: () => Promise<T>): Promise<T> {
    assert(this.alone === undefined, "a search within a search");
    this.alone = address;
    this.update();
    try {
      return await work();
    } finally {
      this.alone = undefined;
      this.update();
    }
  }

  private update(): void {
    if (this.alone !== undefined) {
      this.session.setBreakpoints(new Set([this.alone]));
      this.session.setWatchpoints([]);
      return;
    }
    const breakpoints = new Set<bigint>();
    const watchpoints = new Map<string, Watchpoint>();
    for (const owner of this.owners) {
      for (const address of owner.breakpoints.values()) breakpoints.add(address);
      for (const [key, watchpoint] of owner.watchpoints) watchpoints.set(key, watchpoint);
    }
    this.session.setBreakpoints(breakpoints);
    this.session.setWatchpoints([...watchpoints.values()]);
  }
}

/** One party's points. Adding twice is adding once, as gdb expects. */
export class HitOwner implements Disposable {
  /** Addresses, by kind and address: one of another kind at the same address is another one. */
  readonly breakpoints = new Map<string, bigint>();
  readonly watchpoints = new Map<string, Watchpoint>();

  constructor(
    private readonly update: () => void,
    private readonly remove: () => void,
  ) {}

  /** `kind`: software and hardware breakpoints work alike, and are set and removed one by one. */
  addBreakpoint(address: bigint, kind: "software" | "hardware" = "software"): void {
    this.breakpoints.set(`${kind} ${address}`, address);
    this.update();
  }

  removeBreakpoint(address: bigint, kind: "software" | "hardware" = "software"): void {
    this.breakpoints.delete(`${kind} ${address}`);
    this.update();
  }

  addWatchpoint(watchpoint: Watchpoint): void {
    this.watchpoints.set(keyOf(watchpoint), watchpoint);
    this.update();
  }

  removeWatchpoint(watchpoint: Watchpoint): void {
    this.watchpoints.delete(keyOf(watchpoint));
    this.update();
  }

  clear(): void {
    this.breakpoints.clear();
    this.watchpoints.clear();
    this.update();
  }

  dispose(): void {
    this.clear();
    this.remove();
  }
}

function keyOf({ kind, address, length }: Watchpoint): string {
  return `${kind} ${address} ${length}`;
}
