import { UserError } from "../../base/index.ts";
import type { HitKind, HitPolicy, Stop, WatchHit, Watchpoint } from "../../machine/index.ts";
import { findLastWrite, goToTime } from "./questions.ts";
import type { LastWrite, TravelOptions, TravelStop } from "../session/session.ts";
import { SessionCore } from "../session/session-core.ts";
import { denseBefore, nearBefore } from "./traveller.ts";

/** Every way to move through history, and what stops a motion. */
export abstract class SessionMotions extends SessionCore {
  replayBreak: number | undefined;
  private breakpoints: ReadonlySet<bigint> = new Set();
  private watchpoints: readonly Watchpoint[] = [];
  /** What was reported where the machine stands. */
  private told: readonly HitKind[] = [];
  /** It stands just behind an access that running back reported. */
  private behindHit = false;
  /** The machine has the break- and watchpoints of a search. */
  private searching = false;

  run(options: TravelOptions & { readonly until?: number; readonly ignoreHits?: boolean } = {}): Promise<TravelStop> {
    const until = options.until ?? Infinity;
    return this.move("run", options, async () => {
      if (until !== Infinity) this.traveller.expect(until);
      const start = this.position;
      // Who runs from a breakpoint knows that it is there.
      let told = this.breakpoints.has(this.machine.pc) ? [...this.told, "breakpoint" as const] : this.told;
      const toldBefore = told;
      this.leaveHit();
      if (this.replayBreak === this.position) {
        this.replayBreak = undefined;
        return { kind: "position" };
      }
      for (;;) {
        if (this.traveller.interrupted) return { kind: "interrupted" };
        if (this.position >= until) return { kind: "position" };
        if (!this.timeline.live && this.position >= this.end && !this.returnToLive()) return this.endStop();
        if (this.timeline.live) await this.log.recover();
        this.applyReset();
        const pause = this.replayBreak !== undefined && this.replayBreak > this.position ? this.replayBreak : Infinity;
        const hits: HitPolicy = options.ignoreHits ? { kind: "ignore" } : { kind: "stop", told };
        const stop = await this.traveller.advancePart(
          Math.min(until, pause, this.timeline.live ? Infinity : this.end),
          hits,
        );
        told = [];
        if (stop.kind === "idle") {
          await this.live!.idle(
            stop.deadlineNs,
            () => this.turn(),
            () => this.traveller.interrupted,
          );
          // Many short idles are not slept off one by one.
          await this.traveller.giveWayWhenDue();
        } else if (stop.kind === "shutdown") {
          this.finish(stop.reason);
          return stop;
        } else if (stop.kind !== "position") {
          this.told = this.position === start ? [...toldBefore, stop.kind] : [stop.kind];
          return (await this.untakeInputs()) ? stop : { kind: "interrupted" };
        } else if (this.position === pause) {
          this.replayBreak = undefined;
          return stop;
        }
      }
    });
  }

  step({ hits = false }: { readonly hits?: boolean } = {}): Promise<TravelStop> {
    return this.move("step", {}, async () => {
      const { told } = this;
      const watching = hits && this.watchpoints.length > 0 && !told.includes("watchpoint");
      this.leaveHit();
      if (!this.timeline.live && this.position >= this.end && !this.returnToLive()) return this.endStop();
      if (this.timeline.live) await this.log.recover();
      const stop = watching ? this.watchedStep() : this.timeline.advance(this.position + 1, { kind: "ignore" });
      if (stop.kind === "watchpoint") {
        this.told = [...told, stop.kind];
        return (await this.untakeInputs()) ? stop : { kind: "interrupted" };
      }
      if (stop.kind === "shutdown") this.finish(stop.reason);
      if (stop.kind !== "idle") return stop;
      this.live!.endIdle(stop.deadlineNs ?? this.machine.nowNs, stop.deadlineNs);
      return { kind: "position" };
    });
  }

  /** One step that stops before a watched access; a breakpoint here is not news. */
  private watchedStep(): Stop {
    this.machine.setBreakpoints(new Set());
    try {
      return this.timeline.advance(this.position + 1, { kind: "stop", told: [] });
    } finally {
      this.machine.setBreakpoints(this.breakpoints);
    }
  }

  stepBack({ hits = false }: { readonly hits?: boolean } = {}): Promise<TravelStop> {
    return this.move("step back", {}, async () => {
      const watching = hits && this.watchpoints.length > 0 && !this.behindHit;
      this.leaveHit();
      const target = this.position - 1;
      if (target < 0) return { kind: "history-start" };
      this.leaveLive();
      const motion = await this.traveller.goTo(target, denseBefore(target));
      if (!watching || motion.kind !== "position") return motion;
      const made: WatchHit[] = [];
      const { snapshots } = this.timeline;
      const own = snapshots.at(target) === undefined;
      const before = this.timeline.takeSnapshot();
      this.timeline.advance(target + 1, { kind: "collect", onHit: (_, hit) => hit && made.push(hit) });
      if (made[0] === undefined) this.timeline.restore(before);
      else this.behindHit = true;
      if (own) snapshots.drop([before]);
      return made[0] ? { kind: "watchpoint", hit: made[0] } : motion;
    });
  }

  runBack(options: TravelOptions = {}): Promise<TravelStop> {
    return this.move("run back", options, async () => {
      const from = this.position;
      const reported = this.behindHit;
      this.leaveHit();
      if (from === 0) return { kind: "history-start" };
      if (this.replayBreak === from) {
        this.replayBreak = undefined;
        return { kind: "position" };
      }
      this.leaveLive();
      const broken = this.replayBreak !== undefined && this.replayBreak < from;
      const pause = broken ? this.replayBreak! : 0;
      const here = this.timeline.takeSnapshot();
      here.pins++;
      try {
        const found = await this.traveller.lastHit({ from: pause, to: from }, reported, (high) => this.clearFrom(high));
        if (found === "interrupted") return { kind: "interrupted" };
        const target = found === "none" ? pause : found.position;
        const motion = await this.traveller.goTo(target, denseBefore(target));
        if (motion.kind !== "position") return motion;
        if (broken && target === pause) this.replayBreak = undefined;
        if (found === "none") return broken ? motion : { kind: "history-start" };
        this.told = found.hit ? [] : ["breakpoint"];
        this.behindHit = found.hit !== undefined;
        return found.hit ? { kind: "watchpoint", hit: found.hit } : { kind: "breakpoint" };
      } finally {
        here.pins--;
      }
    });
  }

  /** The first position from which to `high` no break- or watchpoint can have been hit. */
  private clearFrom(high: number): number {
    const all = [...this.breakpoints];
    // Of where it ran itself, the machine knows more.
    const executed = all.filter((address) => this.machine.mayHaveExecuted(address));
    return this.timeline.footprints.clearFrom(
      high,
      (footprint, own) =>
        (own ? executed : all).some((address) => footprint.mayExecute(address)) ||
        this.watchpoints.some(
          ({ physical, address, length, kind }) => physical ?? footprint.mayAccess(address, length, kind),
        ),
    );
  }

  async seek(position: number, options: TravelOptions = {}): Promise<void> {
    if (!Number.isSafeInteger(position) || position < 0) throw new UserError(`not a position: ${position}`);
    await this.move("seek", options, async () => {
      if (position > this.end)
        throw new UserError(`position ${position} is after the end of ${this.what}, ${this.end}`);
      if (position === this.position) return { kind: "position" };
      this.leaveHit();
      this.leaveLive();
      // Whoever goes somewhere may look back from there.
      return this.traveller.goTo(position, nearBefore(position).slice(-1));
    });
  }

  async seekTime(ns: number, options: TravelOptions = {}): Promise<void> {
    await this.move("seek", options, async () => {
      this.leaveHit();
      this.leaveLive();
      const here = this.timeline.takeSnapshot();
      here.pins++;
      try {
        const motion = await goToTime(this.timeline, this.traveller, ns, this.end);
        const { nowNs } = this.machine;
        if (motion.kind !== "position" || nowNs >= ns) return motion;
        this.timeline.restore(here);
        if (this.position === this.end) this.returnToLive();
        throw new UserError(`${this.what} ends before that, at ${nowNs} ns`);
      } finally {
        here.pins--;
      }
    });
  }

  async lastWrite(address: number, length: number, options: TravelOptions = {}): Promise<LastWrite | undefined> {
    const { machine, timeline } = this;
    if (!machine.readPhysical(address, length)) throw new UserError("there is no RAM at this address");
    let found: LastWrite | "none" | "interrupted" = "interrupted";
    await this.move("last write", options, async () => {
      this.leaveLive();
      const here = timeline.takeSnapshot();
      here.pins++;
      this.searching = true;
      try {
        found = await findLastWrite(timeline, this.traveller, address, length);
        return { kind: "position" };
      } finally {
        this.searching = false;
        this.setBreakpoints(this.breakpoints);
        this.setWatchpoints(this.watchpoints);
        timeline.restore(here);
        here.pins--;
      }
    });
    if (found === "interrupted") throw new UserError("the search was interrupted");
    return found === "none" ? undefined : found;
  }

  /**
   * Runs from the end of the indexed part to the end of history once, then comes back. Gives way to any other motion.
   * Resolves to true when all is indexed.
   */
  async index(options: TravelOptions = {}): Promise<boolean> {
    if (this.indexedTo >= this.end) return true;
    const stop = await this.move("index", options, async () => {
      this.yielding = true;
      const here = this.timeline.takeSnapshot();
      here.pins++;
      try {
        await this.traveller.goTo(this.indexedTo);
        this.traveller.expect(this.end);
        const motion = await this.traveller.advance(this.end, { kind: "ignore" });
        this.timeline.restore(here);
        return motion;
      } finally {
        here.pins--;
        this.yielding = false;
      }
    });
    return stop.kind !== "interrupted";
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = new Set(addresses);
    if (!this.searching) this.machine.setBreakpoints(this.breakpoints);
  }
  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    this.watchpoints = watchpoints;
    if (!this.searching) this.machine.setWatchpoints(watchpoints);
  }

  private get what(): string {
    return this.aside ? "this throw-away branch" : "history";
  }

  /** The machine may have applied inputs of the step that a hit stopped: State(p) is without them. */
  private async untakeInputs(): Promise<boolean> {
    const { history, snapshots, live } = this.timeline;
    const { position } = this;
    if (history.inputsAt(position).length === 0) return true;
    if (live) this.live?.untake();
    this.timeline.restore(snapshots.nearest(position));
    const motion = await this.traveller.advance(position, { kind: "ignore" });
    if (motion.kind !== "position") return false;
    if (live) this.returnToLive();
    return true;
  }
  protected applyReset(): void {
    if (!this.live?.resetPending) return;
    this.live.resetPending = false;
    this.live.edit({ kind: "reset" });
  }
  protected finish(reason: "guest-shutdown" | "guest-reset" | "host-quit"): void {
    this.live?.end(reason);
    this.live = undefined;
  }

  private endStop(): TravelStop {
    const reason = this.timeline.history.endReason;
    return reason ? { kind: "shutdown", reason } : { kind: "history-end" };
  }

  protected leaveHit(): void {
    this.told = [];
    this.behindHit = false;
  }
}
