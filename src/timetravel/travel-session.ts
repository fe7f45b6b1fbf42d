import { hex, sha256Hex, UserError } from "../base/index.ts";
import type { Input } from "../hardware/index.ts";
import type { HitPolicy, Stop, WatchHit, Watchpoint } from "../machine/index.ts";
import type { RecordingStore } from "../storage/index.ts";
import { Keyframes } from "./keyframes.ts";
import type { ParentReference } from "./log/header.ts";
import { LogWriter } from "./log/writer.ts";
import { findLastWrite, goToTime } from "./questions.ts";
import type { LastWrite, LoggedInput, Session, SnapshotInfo, TravelOptions, TravelStop } from "./session.ts";
import { lastKeepMs, SessionCore } from "./session-core.ts";
import { denseBefore } from "./traveller.ts";

/** The session over a timeline, with or without a live end. */
export class TravelSession extends SessionCore implements Session {
  replayBreak: number | undefined;
  private breakpoints: ReadonlySet<bigint> = new Set();
  private watchpoints: readonly Watchpoint[] = [];
  /** The machine stands at a hit that was reported. */
  private atHit = false;
  /** It stands just behind an access that running back reported. */
  private behindHit = false;

  run(options: TravelOptions & { readonly until?: number; readonly ignoreHits?: boolean } = {}): Promise<TravelStop> {
    const until = options.until ?? Infinity;
    return this.move("run", options, async () => {
      if (until !== Infinity) this.traveller.expect(until);
      let resuming = this.atHit || this.breakpoints.has(this.machine.pc);
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
        const hits: HitPolicy = options.ignoreHits ? { kind: "ignore" } : { kind: "stop", resuming };
        const stop = await this.traveller.advancePart(
          Math.min(until, pause, this.timeline.live ? Infinity : this.end),
          hits,
        );
        resuming = false;
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
          this.atHit = true;
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
      const watching = hits && this.watchpoints.length > 0 && !this.atHit;
      this.leaveHit();
      if (!this.timeline.live && this.position >= this.end && !this.returnToLive()) return this.endStop();
      if (this.timeline.live) await this.log.recover();
      const stop = watching ? this.watchedStep() : this.timeline.advance(this.position + 1, { kind: "ignore" });
      if (stop.kind === "watchpoint") {
        this.atHit = true;
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
      return this.timeline.advance(this.position + 1, { kind: "stop", resuming: false });
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
      this.leaveLive();
      const here = this.timeline.takeSnapshot();
      here.pins++;
      try {
        const found = await this.traveller.lastHit(from, reported, (high) => this.clearFrom(high));
        if (found === "interrupted") return { kind: "interrupted" };
        const target = found === "none" ? 0 : found.position;
        const motion = await this.traveller.goTo(target, denseBefore(target));
        if (motion.kind !== "position") return motion;
        if (found === "none") return { kind: "history-start" };
        this.atHit = found.hit === undefined;
        this.behindHit = found.hit !== undefined;
        return found.hit ? { kind: "watchpoint", hit: found.hit } : { kind: "breakpoint" };
      } finally {
        here.pins--;
      }
    });
  }

  /** The first position from which to `high` no break- or watchpoint can have been hit. */
  private clearFrom(high: number): number {
    // Where footprints are known, this very machine ran.
    const executed = [...this.breakpoints].filter((address) => this.machine.mayHaveExecuted(address));
    return this.timeline.footprints.clearFrom(
      high,
      (footprint) =>
        executed.some((address) => footprint.mayExecute(address)) ||
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
      return this.traveller.goTo(position);
    });
  }

  async seekTime(ns: number, options: TravelOptions = {}): Promise<void> {
    await this.move("seek", options, async () => {
      this.leaveHit();
      this.leaveLive();
      const motion = await goToTime(this.timeline, this.traveller, ns, this.end);
      const { nowNs } = this.machine;
      if (motion.kind === "position" && nowNs < ns)
        throw new UserError(`${this.what} ends before that, at ${nowNs} ns`);
      return motion;
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
      try {
        found = await findLastWrite(timeline, this.traveller, address, length);
        return { kind: "position" };
      } finally {
        machine.setBreakpoints(this.breakpoints);
        machine.setWatchpoints(this.watchpoints);
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

  /**
   * Stores snapshots of what is indexed beside the recording, so that it opens without a replay next time; gives up
   * when `goOn` says no, and goes on from there the next time. May run beside motion. Resolves to whether all is
   * stored. Rejects with a UserError when storage is full.
   */
  async keep(goOn: () => boolean = () => true): Promise<boolean> {
    // Nothing of a throw-away branch is stored.
    if (this.aside) return true;
    if (this.timeline.live) this.live?.flush();
    const indexedTo = Math.min(this.indexedTo, this.timeline.history.end);
    await this.log.settled();
    return (await this.kept?.save(indexedTo, goOn)) ?? true;
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = new Set(addresses);
    this.machine.setBreakpoints(this.breakpoints);
  }
  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    this.watchpoints = watchpoints;
    this.machine.setWatchpoints(watchpoints);
  }

  sendSerial(port: number, bytes: Uint8Array): boolean {
    if (!this.live || !this.timeline.live) return false;
    this.live.recorder.type(port, bytes);
    this.live.wake();
    return true;
  }

  edit(edit: Extract<Input, { kind: "write-memory" | "write-register" }>): boolean {
    if (this.motion) return false;
    if (!this.timeline.live) {
      // A machine that is off does nothing any more.
      const { endReason } = this.timeline.history;
      if (this.atEnd && endReason !== undefined && endReason !== "host-quit") return false;
      this.divert();
    }
    this.leaveHit();
    this.live!.edit(edit);
    this.live!.flush();
    this.changes.emit();
    return true;
  }

  async branch(name: string): Promise<void> {
    await this.still(async () => {
      const { stored, host, oneRecording } = this.parts;
      if (oneRecording) throw new UserError("a branch is recorded on the command line; here one recording stays open");
      if (!stored?.store || this.recordingName === undefined)
        throw new UserError("only a recording has branches; nothing is recorded or replayed here");
      const { store, header } = stored;
      // It lies beside its parent.
      if (!/^[^/\\.][^/\\]*$/.test(name)) throw new UserError(`'${name}' is not a name for a recording`);
      const thrownAway = this.aside !== undefined;
      if (!thrownAway) this.divert();
      try {
        const { history } = this.timeline;
        const file = await store.read(this.recordingName);
        const position = this.branchedAt!;
        const parent = { name: this.recordingName, position, bytes: file.length, sha256: sha256Hex(file) };
        const created = host.realTime() * 1000;
        const writer = await LogWriter.create(await store.create(name), { ...header, created, parent });
        for (const record of history.records()) writer.add(record);
        writer.flush();
        await writer.settled();
        await this.moveTo(name, writer, parent, store);
      } catch (error) {
        if (!thrownAway) {
          this.rejoin();
          if (this.atEnd) this.returnToLive();
        }
        throw error;
      }
    });
  }

  /** The branch shown is a recording of its own from here on; the one it comes from is closed. */
  private async moveTo(name: string, writer: LogWriter, parent: ParentReference, store: RecordingStore): Promise<void> {
    const { from, left, log } = this.aside!;
    this.keeper?.close();
    await this.kept?.stop();
    this.log.storeIn(writer);
    this.timeline.snapshots.forget(left.later);
    from.pins--;
    this.aside = undefined;
    this.recordingName = name;
    this.parent = parent;
    this.kept = new Keyframes(this.timeline, store, name, this.parts.host);
    this.keeper = this.newKeeper();
    await log.close();
  }

  async endBranch(): Promise<void> {
    await this.still(async () => {
      if (!this.aside) throw new UserError("there is no throw-away branch; this is recorded history");
      this.leaveHit();
      this.rejoin();
      if (this.atEnd) this.returnToLive();
    });
  }

  private get what(): string {
    return this.aside ? "this throw-away branch" : "history";
  }

  reset(): void {
    if (!this.live || !this.timeline.live) throw new UserError("reset is possible only at the live end of history");
    this.live.resetPending = true;
    if (this.motion) this.live.wake();
    else {
      this.applyReset();
      this.live.flush();
      this.changes.emit();
    }
  }

  async quit(): Promise<void> {
    await this.stopMotion();
    this.rejoin();
    this.finish("host-quit");
    await this.log.close();
    await this.keeper?.finish(lastKeepMs);
    this.changes.emit();
  }

  snapshots(): readonly SnapshotInfo[] {
    return [...this.timeline.history.names.values()].sort((a, b) => a.position - b.position);
  }
  keyframes(): readonly { readonly position: number; readonly virtualNs: number }[] {
    return this.timeline.snapshots.all;
  }

  saveSnapshot(name: string): Promise<void> {
    return this.still(async () => {
      if (name === "") throw new UserError("a snapshot needs a name");
      const { position, virtualNs } = this.timeline.takeSnapshot();
      await this.log.annotate({ kind: "name", position, virtualNs, name });
    });
  }
  loadSnapshot(name: string): Promise<void> {
    return this.named(name, (snapshot) => this.seek(snapshot.position));
  }
  deleteSnapshot(name: string): Promise<void> {
    return this.named(name, () => this.log.annotate({ kind: "forget", name }));
  }

  outputUntil(port: number, position: number): Uint8Array {
    return this.timeline.output.until(port, position);
  }
  outputSince(port: number, skip: number): { bytes: Uint8Array; positions: Float64Array } {
    return this.timeline.output.since(port, skip);
  }
  inputs(): readonly LoggedInput[] {
    return this.timeline.history.inputs;
  }
  stateHash(): string {
    if (this.motion) throw new UserError("stop the machine first");
    return hex(this.timeline.stateHash());
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
  private applyReset(): void {
    if (!this.live?.resetPending) return;
    this.live.resetPending = false;
    this.live.edit({ kind: "reset" });
  }
  private finish(reason: "guest-shutdown" | "guest-reset" | "host-quit"): void {
    this.live?.end(reason);
    this.live = undefined;
  }

  private endStop(): TravelStop {
    const reason = this.timeline.history.endReason;
    return reason ? { kind: "shutdown", reason } : { kind: "history-end" };
  }

  private leaveHit(): void {
    this.atHit = false;
    this.behindHit = false;
  }
}
