import { assert, EventEmitter, UserError, type Disposable } from "../../base/index.ts";
import type { Machine } from "../../machine/index.ts";
import type { Aside } from "./branch.ts";
import { Divergence } from "../divergence.ts";
import { Keeper } from "../keyframes/keeper.ts";
import type { Keyframes } from "../keyframes/keyframes.ts";
import { LiveEnd } from "../door/live-end.ts";
import type { ParentReference } from "../log/header.ts";
import type { History } from "../log/history.ts";
import { SessionLog } from "../log/session-log.ts";
import type { SessionParts } from "./session-parts.ts";
import type { DroppedBranch, Progress, TravelOptions, TravelStop } from "./session.ts";
import type { Timeline } from "./timeline.ts";
import { Traveller } from "../motion/traveller.ts";

/** While typed input waits for room in the machine, it is asked often. */
const instructionsBetweenInputs = 20_000;
/** What the end of a recording may wait for its keyframes. A replay can be had again. */
const lastKeepMs = 500;

/** What all motions of a session have in common: one at a time, told to listeners, and safe when a replay diverges. */
export abstract class SessionCore {
  readonly machine: Machine;
  recordingName: string | undefined;
  parent: ParentReference | undefined;
  readonly notice: string | undefined;

  protected readonly timeline: Timeline;
  protected readonly traveller: Traveller;
  protected live: LiveEnd | undefined;
  protected motion: Promise<unknown> | undefined;
  lastStop: TravelStop | undefined;
  /** See `alone`. */
  protected occupied: Promise<unknown> | undefined;
  /** Where a recording is made. */
  protected keeper: Keeper | undefined;
  protected kept: Keyframes | undefined;
  protected log: SessionLog;
  /** Recorded history, while a throw-away branch is shown. */
  protected aside: Aside | undefined;
  /** The motion in progress gives way to any other. */
  protected yielding = false;
  private disposed = false;
  private task: { readonly name: string; readonly options: TravelOptions } | undefined;

  private readonly outputs = new EventEmitter<{ port: number; bytes: Uint8Array }>();
  protected readonly changes = new EventEmitter<void>();
  private readonly progress = new EventEmitter<Progress | undefined>();
  private readonly divergences = new EventEmitter<string>();
  private readonly dropped = new EventEmitter<DroppedBranch>();

  constructor(protected readonly parts: SessionParts) {
    this.timeline = parts.timeline;
    this.machine = parts.timeline.machine;
    this.live = parts.live;
    this.log = parts.log;
    this.kept = parts.keyframes;
    this.parent = parts.stored?.header.parent;
    this.recordingName = parts.recordingName;
    this.notice = parts.notice;
    const limit = (): number =>
      this.timeline.live && this.live?.recorder.hasInput ? instructionsBetweenInputs : Infinity;
    // What is stored is recorded history: a branch shares its past.
    const warm = async (position: number): Promise<void> =>
      this.kept?.warm(Math.min(position, this.branchedAt ?? Infinity));
    this.traveller = new Traveller(this.timeline, parts.host, () => this.turn(), limit, warm);
    if (parts.keeps && parts.keyframes) this.keeper = this.newKeeper();
    this.changes.on(() => this.keeper?.wake());
  }

  protected newKeeper(): Keeper {
    return new Keeper(
      this.parts.host,
      this.timeline,
      () => this.running,
      (goOn) => this.keep(goOn),
    );
  }

  protected async finishKeeping(): Promise<void> {
    await this.keeper?.finish(this.parts.live ? lastKeepMs : 0);
  }

  abstract keep(goOn: () => boolean): Promise<boolean>;

  get mode(): "none" | "record" | "play" {
    if (this.aside) return this.aside.mode;
    if (this.live && this.log.recording) return "record";
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
  get branchedAt(): number | undefined {
    return this.aside?.from.position;
  }
  get running(): boolean {
    return this.motion !== undefined;
  }
  get activity(): string | undefined {
    return this.motion && this.task?.name;
  }
  get unstored(): string | undefined {
    return this.log.unstored;
  }
  get indexedTo(): number {
    return this.timeline.indexedTo;
  }

  interrupt(): void {
    if (!this.motion) return;
    this.traveller.interrupted = true;
    this.live?.wake();
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
  onBranchDropped(listener: (branch: DroppedBranch) => void): Disposable {
    return this.dropped.on(listener);
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.stopMotion();
    this.rejoin();
    await this.finishKeeping();
    await this.kept?.stop();
    if (this.timeline.live) this.live?.flush();
    await this.log.close();
  }

  /** One motion at a time, and what every motion ends with. */
  protected async move(name: string, options: TravelOptions, body: () => Promise<TravelStop>): Promise<TravelStop> {
    while (this.motion && this.yielding) await this.stopMotion();
    while (this.occupied) await this.occupied;
    if (this.motion) throw new UserError("another motion is in progress");
    if (this.disposed) throw new UserError("the session is closed");
    this.traveller.interrupted = false;
    this.traveller.progress = undefined;
    this.task = { name, options };
    const motion = this.guarded(body);
    this.motion = motion.catch(() => undefined);
    this.lastStop = undefined;
    try {
      return (this.lastStop = await motion);
    } finally {
      this.motion = undefined;
      this.task = undefined;
      this.progress.emit(undefined);
      this.changes.emit();
    }
  }

  private async guarded(body: () => Promise<TravelStop>): Promise<TravelStop> {
    // The caller has this.motion set before anything moves.
    await Promise.resolve();
    try {
      this.changes.emit();
      // Ended before it began, as one of several that were asked for.
      if (this.traveller.interrupted) return { kind: "interrupted" };
      const stop = await body();
      if (this.aside && this.position <= this.aside.from.position) this.drop();
      if (this.position === this.end) this.returnToLive();
      return stop;
    } catch (error) {
      throw error instanceof Divergence ? await this.diverged(error) : error;
    } finally {
      if (this.timeline.live) this.live?.flush();
      this.emitOutput();
    }
  }

  /** Reports a divergence and goes back to what is known to be right. */
  private async diverged(error: Divergence): Promise<Divergence> {
    const { history, snapshots } = this.timeline;
    const hashed = this.timeline.lastHashed(error.position - 1);
    // The snapshots that were stored may be to blame, rather than the recording: next time it goes without them.
    const again = this.kept?.used === true;
    const message =
      `the replay differs from the recording between positions ${hashed} and ${error.position}: ${error.message}` +
      (again ? "; the snapshots beside the recording are thrown away: try again without them" : "");
    // A save in progress holds snapshots.
    await this.kept?.discard();
    if (this.live) this.timeline.restore(this.live.left ?? snapshots.nearest(history.end));
    else {
      const good = again ? 0 : hashed;
      snapshots.dropAfter(good);
      this.timeline.output.truncate(good);
      this.timeline.footprints = this.timeline.footprints.upTo(good);
      this.timeline.indexedTo = Math.min(this.timeline.indexedTo, good);
      if (!again) {
        history.end = Math.min(history.end, good);
        history.endReason = undefined;
      }
      this.timeline.restore(snapshots.nearest(good));
    }
    if (this.position === this.end) this.returnToLive();
    this.divergences.emit(message);
    return new Divergence(message, error.position);
  }

  protected async stopMotion(): Promise<void> {
    this.interrupt();
    await this.motion;
    await this.occupied;
  }

  protected async still(body: () => Promise<void>): Promise<void> {
    while (this.motion && this.yielding) await this.stopMotion();
    while (this.occupied) await this.occupied;
    if (this.motion) throw new UserError("stop the machine first");
    await body();
    this.changes.emit();
  }

  /** Something during which nothing else may happen to the machine, though no motion is in progress. */
  protected async alone(body: () => Promise<void>): Promise<void> {
    assert(!this.occupied, "two things at once that must be alone");
    const done = body();
    this.occupied = done.catch(() => undefined);
    await done.finally(() => (this.occupied = undefined));
  }

  /** Between slices. Throws what the store failed with: a recording that is not kept must not go on unnoticed. */
  protected turn(): void {
    if (this.timeline.live) this.live?.flushWhenDue();
    if (this.timeline.live) this.log.check();
    this.emitOutput();
    this.changes.emit();
    const progress = this.traveller.progress?.();
    if (!this.task || !progress) return;
    this.task.options.onProgress?.({ task: this.task.name, ...progress });
    this.progress.emit({ task: this.task.name, ...progress });
  }

  private emitOutput(): void {
    for (const { port, bytes } of this.parts.printed.splice(0))
      this.outputs.emit({ port, bytes: Uint8Array.from(bytes) });
  }

  /**
   * Recorded history waits from here on, and a throw-away branch goes on from its state. A branch that is one already
   * forgets what it had after this.
   */
  protected divert(): void {
    const { timeline, mode, live, log, position, end } = this;
    this.leaveLive();
    if (this.aside) {
      live?.abandon();
      const { history, later } = timeline.fork();
      timeline.snapshots.forget(later);
      const names = namesLost(history, timeline.history);
      if (names.length > 0) this.dropped.emit({ from: this.aside.from.position, end, names, anew: position });
    } else {
      const from = timeline.takeSnapshot();
      from.pins++;
      this.aside = { from, left: timeline.fork(), live, log, mode };
    }
    this.log = new SessionLog(timeline.history);
    timeline.log = this.log.record;
    this.live = new LiveEnd(timeline, this.parts.host, this.log, this.parts.sleep);
    this.live.return();
  }

  /** Throws the branch away, if there is one. The machine stays where it is, in the past that both have, or goes there. */
  protected rejoin(): void {
    const { aside, timeline } = this;
    if (!aside) return;
    const { from, left, live, log } = aside;
    if (timeline.live || this.position > from.position) timeline.restore(from);
    timeline.rejoin(left, from.position);
    from.pins--;
    this.aside = undefined;
    this.live = live;
    this.log = log;
    timeline.log = log.record;
  }

  /** The same where nobody asked for the end of the branch. */
  protected drop(): void {
    if (!this.aside) return;
    const names = namesLost(this.timeline.history, this.aside.left.history);
    const branch = { from: this.aside.from.position, end: this.end, names };
    this.rejoin();
    this.dropped.emit(branch);
  }

  protected leaveLive(): void {
    if (this.timeline.live) this.live?.leave();
  }
  protected returnToLive(): boolean {
    if (!this.live) return false;
    if (!this.timeline.live) this.live.return();
    return true;
  }
}

/** Named snapshots that another history does not have, or has elsewhere. */
function namesLost({ names }: History, kept: History): string[] {
  const lost = [...names.values()].filter(({ name, position }) => kept.names.get(name)?.position !== position);
  return lost.map(({ name }) => name);
}
