import type { Disposable } from "../base/index.ts";
import type { Watchpoint } from "../machine/index.ts";
import type { Session } from "../timetravel/index.ts";

/** The break- and watchpoints of all parties; the session is given their union. */
export class HitTable {
  private readonly owners = new Set<HitOwner>();

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

  private update(): void {
    const breakpoints = new Set<bigint>();
    const watchpoints = new Map<string, Watchpoint>();
    for (const owner of this.owners) {
      for (const address of owner.breakpoints) breakpoints.add(address);
      for (const [key, watchpoint] of owner.watchpoints) watchpoints.set(key, watchpoint);
    }
    this.session.setBreakpoints(breakpoints);
    this.session.setWatchpoints([...watchpoints.values()]);
  }
}

/** One party's points. Adding twice is adding once, as gdb expects. */
export class HitOwner implements Disposable {
  readonly breakpoints = new Set<bigint>();
  readonly watchpoints = new Map<string, Watchpoint>();

  constructor(
    private readonly update: () => void,
    private readonly remove: () => void,
  ) {}

  addBreakpoint(address: bigint): void {
    this.breakpoints.add(address);
    this.update();
  }

  removeBreakpoint(address: bigint): void {
    this.breakpoints.delete(address);
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
