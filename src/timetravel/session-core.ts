import { EventEmitter, UserError, type Disposable } from "../base/index.ts";
import type { Machine } from "../machine/index.ts";
import { Divergence } from "./divergence.ts";
import type { SessionParts } from "./factories.ts";
import { Keeper } from "./keeper.ts";
import type { LiveEnd } from "./live-end.ts";
import type { Progress, SnapshotInfo, TravelOptions, TravelStop } from "./session.ts";
import type { Timeline } from "./timeline.ts";
import { Traveller } from "./traveller.ts";

/** While typed input waits for room in the machine, it is asked often. */
const instructionsBetweenInputs = 20_000;
/** What the end of a recording may wait for its keyframes. */
export const lastKeepMs = 500;

/** What all motions of a session have in common: one at a time, told to listeners, and safe when a replay diverges. */
export abstract class SessionCore {
  readonly machine: Machine;
  readonly recordingName: string | undefined;
  readonly notice: string | undefined;

  protected readonly timeline: Timeline;
  protected readonly traveller: Traveller;
  protected live: LiveEnd | undefined;
  protected motion: Promise<unknown> | undefined;
  /** Where a recording is made. */
  protected readonly keeper: Keeper | undefined;
  /** The motion in progress gives way to any other. */
  protected yielding = false;
  private disposed = false;
  private task: { readonly name: string; readonly options: TravelOptions } | undefined;

  private readonly outputs = new EventEmitter<{ port: number; bytes: Uint8Array }>();
  protected readonly changes = new EventEmitter<void>();
  private readonly progress = new EventEmitter<Progress | undefined>();
  private readonly divergences = new EventEmitter<string>();

  constructor(protected readonly parts: SessionParts) {
    this.timeline = parts.timeline;
    this.machine = parts.timeline.machine;
    this.live = parts.live;
    this.recordingName = parts.recordingName;
    this.notice = parts.notice;
    const limit = (): number =>
      this.timeline.live && this.live?.recorder.hasInput ? instructionsBetweenInputs : Infinity;
    const warm = async (position: number): Promise<void> => parts.keyframes?.warm(position);
    this.traveller = new Traveller(this.timeline, parts.host, () => this.turn(), limit, warm);
    if (!parts.live || !parts.keyframes) return;
    const keeper = new Keeper(
      parts.host,
      this.timeline,
      () => this.running,
      (goOn) => this.keep(goOn),
    );
    this.keeper = keeper;
    this.changes.on(() => keeper.wake());
  }

  abstract keep(goOn: () => boolean): Promise<boolean>;

  get mode(): "none" | "record" | "play" {
    if (this.live && this.parts.log.recording) return "record";
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
  get activity(): string | undefined {
    return this.motion && this.task?.name;
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

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.stopMotion();
    await this.keeper?.finish(lastKeepMs);
    await this.parts.keyframes?.stop();
    if (this.timeline.live) this.live?.flush();
    await this.parts.log.close();
  }

  /** One motion at a time, and what every motion ends with. */
  protected async move(name: string, options: TravelOptions, body: () => Promise<TravelStop>): Promise<TravelStop> {
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

  private async guarded(body: () => Promise<TravelStop>): Promise<TravelStop> {
    // The caller has this.motion set before anything moves.
    await Promise.resolve();
    try {
      this.changes.emit();
      const stop = await body();
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
    await this.parts.keyframes?.discard();
    this.divergences.emit(message);
    return new Divergence(message, error.position);
  }

  protected async stopMotion(): Promise<void> {
    this.interrupt();
    await this.motion;
  }

  protected async still(body: () => Promise<void>): Promise<void> {
    while (this.motion && this.yielding) await this.stopMotion();
    if (this.motion) throw new UserError("stop the machine first");
    await body();
    this.changes.emit();
  }

  protected async named(name: string, body: (snapshot: SnapshotInfo) => Promise<void>): Promise<void> {
    const snapshot = this.timeline.history.names.get(name);
    if (!snapshot) throw new UserError(`there is no snapshot named '${name}'`);
    await body(snapshot);
    this.changes.emit();
  }

  /** Between slices. Throws what the store failed with: a recording that is not kept must not go on unnoticed. */
  protected turn(): void {
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

  protected leaveLive(): void {
    if (this.timeline.live) this.live?.leave();
  }
  protected returnToLive(): boolean {
    if (!this.live) return false;
    if (!this.timeline.live) this.live.return();
    return true;
  }
}
