import type { HitKind, HitPolicy, Machine, Stop, WatchHit, Watchpoint } from "../../machine/index.ts";
import type { Footprints } from "./footprints.ts";

/** What stops a motion, and which of it has been reported where the machine stands: nothing is reported twice in a row. */
export class Hits {
  private breakpoints: ReadonlySet<bigint> = new Set();
  private watchpoints: readonly Watchpoint[] = [];
  /** Reported to who came forward, or to the breakpoint from the future. */
  private told: readonly HitKind[] = [];
  /** The machine stands just behind an access that was reported to who came back; where watchpoints stop before it only. */
  private behind = false;
  /** It has the points of a search. */
  private searching = false;

  constructor(private readonly machine: Machine) {}

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = new Set(addresses);
    if (!this.searching) this.machine.setBreakpoints(this.breakpoints);
  }
  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    this.watchpoints = watchpoints;
    if (!this.searching) this.machine.setWatchpoints(watchpoints);
  }

  /** The machine moves on: what lies here is news again to who comes back to it. */
  leave(): void {
    this.told = [];
    this.behind = false;
  }

  get toldHere(): readonly HitKind[] {
    return this.told;
  }
  /** Told to who runs from here: one who runs from a breakpoint knows that it is there. */
  toldToRunner(): readonly HitKind[] {
    return this.breakpoints.has(this.machine.pc) ? [...this.told, "breakpoint"] : this.told;
  }

  /** Whether a step from here is to stop before a watched access. */
  get watchesStep(): boolean {
    return this.watchpoints.length > 0 && !this.told.includes("watchpoint");
  }
  get watchesStepBack(): boolean {
    return this.watchpoints.length > 0 && !this.behind;
  }
  /** Running back from here does not report the access that it stands behind. */
  get reportedBehind(): boolean {
    return this.behind;
  }

  /**
   * A debugger makes the access of a stop before it itself, in either direction. One of a stop after it does not: who comes
   * back finds it undone, and who turns round meets it again.
   */
  get passAccesses(): boolean {
    return this.machine.debug.watchpoints === "after";
  }

  /** Forward motion stopped here; `before`: what had been told here, if it has not moved. */
  stopped(kind: HitKind, before: readonly HitKind[] = []): void {
    this.behind = false;
    // Behind the access, nothing has been told of what comes.
    this.told = kind === "watchpoint" && this.passAccesses ? [] : [...before, kind];
  }
  /** Motion from the future stopped here, at a breakpoint or at an access, on the side of it that is meant. */
  stoppedBack(hit: WatchHit | undefined): void {
    this.told = hit ? [] : ["breakpoint"];
    this.behind = hit !== undefined && !this.passAccesses;
  }

  /** Makes one step that stops before a watched access; a breakpoint here is not news. */
  watched(step: (hits: HitPolicy) => Stop): Stop {
    this.machine.setBreakpoints(new Set());
    try {
      return step({ kind: "stop", told: [] });
    } finally {
      this.machine.setBreakpoints(this.breakpoints);
    }
  }

  /** Lets a search give the machine points of its own. */
  async aside<T>(search: () => Promise<T>): Promise<T> {
    this.searching = true;
    try {
      return await search();
    } finally {
      this.searching = false;
      this.setBreakpoints(this.breakpoints);
      this.setWatchpoints(this.watchpoints);
    }
  }

  /** The first position from which to `high` no break- or watchpoint can have been hit. */
  clearFrom(footprints: Footprints, high: number): number {
    const all = [...this.breakpoints].flatMap((address) => this.machine.codeAddresses?.(address) ?? [address]);
    // Of where it ran itself, the machine knows more.
    const executed = all.filter((address) => this.machine.mayHaveExecuted(address));
    return footprints.clearFrom(
      high,
      (footprint, own) =>
        (own ? executed : all).some((address) => footprint.mayExecute(address)) ||
        this.watchpoints.some(
          ({ physical, address, length, kind }) => physical ?? footprint.mayAccess(address, length, kind),
        ),
    );
  }
}
