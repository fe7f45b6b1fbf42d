import { EventEmitter, hex, UserError, type Disposable } from "../base/index.ts";
import type { Input } from "../hardware/index.ts";
import type { HitPolicy, Machine, Watchpoint } from "../machine/index.ts";
import { Divergence } from "./divergence.ts";
import type { LiveEnd } from "./live-end.ts";
import type { LoggedInput, Progress, Session, SnapshotInfo, TravelOptions, TravelStop } from "./session.ts";
import type { Timeline } from "./timeline.ts";
import { denseBefore, Traveller, type Motion } from "./traveller.ts";
import type { SessionParts } from "./factories.ts";

/** While typed input waits for room in the machine, it is asked often. */
const instructionsBetweenInputs = 20_000;

/** The session over a timeline, with or without a live end. */
export class TravelSession implements Session {
  readonly machine: Machine;
  readonly recordingName: string | undefined;
  readonly notice: string | undefined;
  replayBreak: number | undefined;

  private readonly timeline: Timeline;
  private readonly traveller: Traveller;
  private live: LiveEnd | undefined;
  private motion: Promise<unknown> | undefined;
  /** The motion in progress gives way to any other. */
  private yielding = false;
  private disposed = false;
  private breakpoints: ReadonlySet<bigint> = new Set();
  /** The machine stands at a hit that was reported. */
  private atHit = false;
  private task: { readonly name: string; readonly options: TravelOptions } | undefined;

  private readonly outputs = new EventEmitter<{ port: number; bytes: Uint8Array }>();
  private readonly changes = new EventEmitter<void>();
  private readonly progress = new EventEmitter<Progress | undefined>();
  private readonly divergences = new EventEmitter<string>();

  constructor(private readonly parts: SessionParts) {
    this.timeline = parts.timeline;
    this.machine = parts.timeline.machine;
    this.live = parts.live;
    this.recordingName = parts.recordingName;
    this.notice = parts.notice;
    const limit = (): number => (this.timeline.live && this.live?.recorder.hasInput ? instructionsBetweenInputs : Infinity);
    this.traveller = new Traveller(this.timeline, parts.host, () => this.turn(), limit);
  }

  get mode(): "none" | "record" | "play" {
    if (this.parts.log.recording) return "record";
    return this.live || this.recordingName === undefined ? "none" : "play";
  }
  get position(): number {
    return this.machine.position;
  }
  get end(): number {
    return this.timeline.live ? this.machine.position : this.timeline.history.end;
  }
  get atEnd(): boolean {
    return this.position === this.end;
  }
  get running(): boolean {
    return this.motion !== undefined;
  }
  get indexedTo(): number {
    return this.timeline.indexedTo;
  }

  run(options: TravelOptions & { readonly until?: number; readonly ignoreHits?: boolean } = {}): Promise<TravelStop> {
    const until = options.until ?? Infinity;
    return this.move("run", options, async () => {
      if (until !== Infinity) this.traveller.expect(until);
      let resuming = this.atHit || this.breakpoints.has(this.machine.pc);
      this.atHit = false;
      for (;;) {
        if (this.traveller.interrupted) return { kind: "interrupted" };
        if (this.position >= until) return { kind: "position" };
        if (!this.timeline.live && this.position >= this.end && !this.returnToLive()) return this.endStop();
        this.applyReset();
        const pause = this.replayBreak !== undefined && this.replayBreak > this.position ? this.replayBreak : Infinity;
        const hits: HitPolicy = options.ignoreHits ? { kind: "ignore" } : { kind: "stop", resuming };
        const stop = await this.traveller.advancePart(Math.min(until, pause, this.timeline.live ? Infinity : this.end), hits);
        resuming = false;
        if (stop.kind === "idle") {
          await this.live!.idle(stop.deadlineNs, () => this.turn(), () => this.traveller.interrupted);
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

  step(): Promise<TravelStop> {
    return this.move("step", {}, async () => {
      this.atHit = false;
      if (!this.timeline.live && this.position >= this.end && !this.returnToLive()) return this.endStop();
      const stop = this.timeline.advance(this.position + 1, { kind: "ignore" });
      if (stop.kind === "shutdown") this.finish(stop.reason);
      if (stop.kind !== "idle") return stop;
      this.live!.endIdle(stop.deadlineNs ?? this.machine.nowNs, stop.deadlineNs);
      return { kind: "position" };
    });
  }

  stepBack(): Promise<TravelStop> {
    return this.move("step back", {}, async () => {
      this.atHit = false;
      const target = this.position - 1;
      if (target < 0) return { kind: "history-start" };
      this.leaveLive();
      return this.traveller.goTo(target, denseBefore(target));
    });
  }

  runBack(options: TravelOptions = {}): Promise<TravelStop> {
    return this.move("run back", options, async () => {
      this.atHit = false;
      const from = this.position;
      if (from === 0) return { kind: "history-start" };
      this.leaveLive();
      const here = this.timeline.takeSnapshot();
      here.pins++;
      try {
        const found = await this.traveller.lastHit(from);
        if (found === "interrupted") return { kind: "interrupted" };
        const target = found === "none" ? 0 : found.position;
        const motion = await this.traveller.goTo(target, denseBefore(target));
        if (motion.kind !== "position") return motion;
        if (found === "none") return { kind: "history-start" };
        this.atHit = found.hit === undefined;
        return found.hit ? { kind: "watchpoint", hit: found.hit } : { kind: "breakpoint" };
      } finally {
        here.pins--;
      }
    });
  }

  async seek(position: number, options: TravelOptions = {}): Promise<void> {
    if (!Number.isSafeInteger(position) || position < 0) throw new UserError(`not a position: ${position}`);
    await this.move("seek", options, async () => {
      if (position > this.end) throw new UserError(`position ${position} is after the end of history, ${this.end}`);
      if (position === this.position) return { kind: "position" };
      this.atHit = false;
      this.leaveLive();
      return this.traveller.goTo(position);
    });
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

  interrupt(): void {
    if (!this.motion) return;
    this.traveller.interrupted = true;
    this.live?.wake();
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = new Set(addresses);
    this.machine.setBreakpoints(this.breakpoints);
  }
  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    this.machine.setWatchpoints(watchpoints);
  }

  sendSerial(port: number, bytes: Uint8Array): boolean {
    if (!this.live || !this.timeline.live) return false;
    this.live.recorder.type(port, bytes);
    this.live.wake();
    return true;
  }

  edit(edit: Extract<Input, { kind: "write-memory" | "write-register" }>): boolean {
    if (!this.live || !this.timeline.live || this.motion || this.live.recorder.givesAgain) return false;
    this.live.edit(edit);
    this.live.flush();
    this.changes.emit();
    return true;
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
    this.finish("host-quit");
    await this.parts.log.close();
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
      await this.parts.log.annotate({ kind: "name", position, virtualNs, name });
    });
  }
  loadSnapshot(name: string): Promise<void> {
    return this.named(name, (snapshot) => this.seek(snapshot.position));
  }
  deleteSnapshot(name: string): Promise<void> {
    return this.named(name, () => this.parts.log.annotate({ kind: "forget", name }));
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

  onOutput(listener: (port: number, bytes: Uint8Array) => void): Disposable {
    return this.outputs.on(({ port, bytes }) => listener(port, bytes));
  }
  onChange(listener: () => void): Disposable {
    return this.changes.on(listener);
  }
  onProgress(listener: (progress: Progress | undefined) => void): Disposable {
    return this.progress.on(listener);
  }
  onDivergence(listener: (message: string) => void): Disposable {
    return this.divergences.on(listener);
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.stopMotion();
    if (this.timeline.live) this.live?.flush();
    await this.parts.log.close();
  }

  /** One motion at a time, and what every motion ends with. */
  private async move(name: string, options: TravelOptions, body: () => Promise<TravelStop>): Promise<TravelStop> {
    while (this.motion && this.yielding) await this.stopMotion();
    if (this.motion) throw new UserError("another motion is in progress");
    if (this.disposed) throw new UserError("the session is closed");
    this.traveller.interrupted = false;
    this.traveller.progress = undefined;
    this.task = { name, options };
    const motion = this.guarded(body);
    this.motion = motion.catch(() => undefined);
    try {
      return await motion;
    } finally {
      this.motion = undefined;
      this.task = undefined;
      this.progress.emit(undefined);
      this.changes.emit();
    }
  }

  private async guarded(body: () => Promise<Motion | TravelStop>): Promise<TravelStop> {
    // The caller has this.motion set before anything moves.
    await Promise.resolve();
    try {
      const stop = await body();
      if (this.position === this.end) this.returnToLive();
      return stop;
    } catch (error) {
      throw error instanceof Divergence ? this.diverged(error) : error;
    } finally {
      if (this.timeline.live) this.live?.flush();
      this.emitOutput();
    }
  }

  /** Reports a divergence and goes back to what is known to be right. */
  private diverged(error: Divergence): Divergence {
    const { history, snapshots } = this.timeline;
    const good = this.timeline.lastHashed(error.position - 1);
    const message = `the replay differs from the recording between positions ${good} and ${error.position}: ${error.message}`;
    if (this.live) this.timeline.restore(this.live.left ?? snapshots.nearest(history.end));
    else {
      snapshots.dropAfter(good);
      this.timeline.output.truncate(good);
      history.end = Math.min(history.end, good);
      history.endReason = undefined;
      this.timeline.indexedTo = Math.min(this.timeline.indexedTo, good);
      this.timeline.restore(snapshots.nearest(good));
    }
    if (this.position === this.end) this.returnToLive();
    this.divergences.emit(message);
    return new Divergence(message, error.position);
  }

  private async stopMotion(): Promise<void> {
    this.interrupt();
    await this.motion;
  }

  private async still(body: () => Promise<void>): Promise<void> {
    while (this.motion && this.yielding) await this.stopMotion();
    if (this.motion) throw new UserError("stop the machine first");
    await body();
    this.changes.emit();
  }

  private async named(name: string, body: (snapshot: SnapshotInfo) => Promise<void>): Promise<void> {
    const snapshot = this.timeline.history.names.get(name);
    if (!snapshot) throw new UserError(`there is no snapshot named '${name}'`);
    await body(snapshot);
    this.changes.emit();
  }

  /** Between slices. Throws what the store failed with: a recording that is not kept must not go on unnoticed. */
  private turn(): void {
    if (this.timeline.live) this.live?.flushWhenDue();
    this.parts.log.check();
    this.emitOutput();
    this.changes.emit();
    const progress = this.traveller.progress?.();
    if (!this.task || !progress) return;
    this.task.options.onProgress?.({ task: this.task.name, ...progress });
    this.progress.emit({ task: this.task.name, ...progress });
  }

  private emitOutput(): void {
    for (const [port, bytes] of this.parts.printed) this.outputs.emit({ port, bytes: Uint8Array.from(bytes) });
    this.parts.printed.clear();
  }

  private leaveLive(): void {
    if (this.timeline.live) this.live?.leave();
  }
  private returnToLive(): boolean {
    if (!this.live) return false;
    if (!this.timeline.live) this.live.return();
    return true;
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
    if (!this.live?.resetPending || this.live.recorder.givesAgain) return;
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
}
