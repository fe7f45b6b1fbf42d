import { hex, UserError, type Disposable } from "../../base/index.ts";
import type { DebuggerEdit } from "../../hardware/index.ts";
import type { Machine, Watchpoint } from "../../machine/index.ts";
import { Divergence } from "../divergence.ts";
import type { LiveEnd } from "../door/live-end.ts";
import type { ParentReference } from "../log/header.ts";
import { RecordingPaused } from "../log/recording-paused.ts";
import { Hits } from "../motion/hits.ts";
import { lastWrite } from "../motion/last-write.ts";
import { OneAtATime } from "../motion/one-at-a-time.ts";
import { runBack } from "../motion/run-back.ts";
import { run, type RunOptions } from "../motion/run.ts";
import { index, seek, seekTime } from "../motion/seek.ts";
import { step, stepBack, type StepOptions } from "../motion/step.ts";
import type { Travel } from "../motion/travel.ts";
import { Traveller } from "../motion/traveller.ts";
import { Course } from "./course.ts";
import { SessionEvents } from "./events.ts";
import { Keeping } from "./keeping.ts";
import { NamedSnapshots } from "./named-snapshots.ts";
import { damagedRecording, noticeOf } from "./damage.ts";
import { readOn } from "./reading-on.ts";
import { recordBranch } from "./recorded-branch.ts";
import { recover } from "./recovery.ts";
import type { SessionParts } from "./session-parts.ts";
import type {
  DroppedBranch,
  LastWrite,
  LoadedBranch,
  LoggedInput,
  Progress,
  Session,
  SnapshotInfo,
  TravelOptions,
  TravelStop,
} from "./session.ts";

/** While typed input waits for room in the machine, it is asked often. */
const instructionsBetweenInputs = 20_000;

/** The session over a chronicle, with or without a live end: puts the parts together. */
export class TravelSession implements Session {
  readonly machine: Machine;
  notice: string | undefined;
  private readonly events: SessionEvents;
  private readonly course: Course;
  private readonly motions: OneAtATime;
  private readonly travel: Travel;
  private readonly keeping: Keeping;
  private readonly named: NamedSnapshots;

  constructor(private readonly parts: SessionParts) {
    const { chronicle, host, live, log, recordingName, stored, sleep } = parts;
    this.machine = chronicle.machine;
    this.notice = parts.notice;
    this.events = new SessionEvents(parts.printed);
    const { change, progress, dropped } = this.events;
    const course = new Course(chronicle, host, sleep, { live, log }, recordingName, stored?.header.parent, dropped);
    this.course = course;
    const limit = (): number =>
      chronicle.live && course.live?.recorder.hasInput ? instructionsBetweenInputs : Infinity;
    const turn = (): void => this.turn();
    const traveller = new Traveller(chronicle, host, turn, limit, (position) => this.keeping.warm(position));
    this.travel = { chronicle, traveller, course, hits: new Hits(chronicle.machine), replayBreak: undefined, turn };
    this.motions = new OneAtATime({
      begins: () => traveller.begin(),
      interrupt: () => {
        traveller.interrupted = true;
        course.live?.wake();
      },
      changed: () => change.emit(),
      progress: (news) => progress.emit(news),
    });
    this.keeping = new Keeping(host, course, () => this.running, parts.keyframes, parts.keeps);
    this.named = new NamedSnapshots(course, this.motions, stored?.store, this);
    change.on(() => this.keeping.wake());
    if (log.history.growth) void this.readOn();
  }

  private async readOn(): Promise<void> {
    const { log } = this.parts;
    await readOn(log.history, () => this.events.change.emit());
    if (this.motions.closed) return;
    const { damage } = log.history;
    if (damage === undefined) return log.keepIndex();
    log.unstored ??= damagedRecording;
    this.notice = noticeOf(damage);
    this.events.divergence.emit(this.notice);
  }

  get mode(): "none" | "record" | "play" {
    return this.course.mode;
  }
  get recordingName(): string | undefined {
    return this.course.recordingName;
  }
  get parent(): ParentReference | undefined {
    return this.course.parent;
  }
  get position(): number {
    return this.course.position;
  }
  get end(): number {
    return this.course.end;
  }
  get atEnd(): boolean {
    return this.course.atEnd;
  }
  get branchedAt(): number | undefined {
    return this.course.branchedAt;
  }
  get running(): boolean {
    return this.motions.running;
  }
  get activity(): string | undefined {
    return this.motions.activity;
  }
  get lastStop(): TravelStop | undefined {
    return this.motions.lastStop;
  }
  get unstored(): string | undefined {
    return this.course.log.unstored;
  }
  get indexedTo(): number {
    return this.course.chronicle.indexedTo;
  }

  run(options: TravelOptions & RunOptions = {}): Promise<TravelStop> {
    return this.move("run", options, () => run(this.travel, options));
  }
  step(options: StepOptions = {}): Promise<TravelStop> {
    return this.move("step", {}, () => step(this.travel, options));
  }
  stepBack(options: StepOptions = {}): Promise<TravelStop> {
    return this.move("step back", {}, () => stepBack(this.travel, options));
  }
  runBack(options: TravelOptions = {}): Promise<TravelStop> {
    return this.move("run back", options, () => runBack(this.travel));
  }
  async seek(position: number, options: TravelOptions = {}): Promise<void> {
    if (!Number.isSafeInteger(position) || position < 0) throw new UserError(`not a position: ${position}`);
    await this.move("seek", options, () => seek(this.travel, position));
  }
  async seekTime(ns: number, options: TravelOptions = {}): Promise<void> {
    await this.move("seek", options, () => seekTime(this.travel, ns));
  }

  async lastWrite(address: number, length: number, options: TravelOptions = {}): Promise<LastWrite | undefined> {
    if (!this.machine.readPhysical(address, length)) throw new UserError("there is no RAM at this address");
    let found: LastWrite | "none" | "interrupted" = "interrupted";
    await this.move("last write", options, async () => {
      found = await lastWrite(this.travel, address, length);
      return { kind: "position" };
    });
    if (found === "interrupted") throw new UserError("the search was interrupted");
    return found === "none" ? undefined : found;
  }

  /** Gives way to any other motion. Resolves to true when all is indexed. */
  async index(options: TravelOptions = {}): Promise<boolean> {
    if (this.indexedTo >= this.end && !this.course.chronicle.history.growth) return true;
    return (await this.move("index", options, () => index(this.travel))).kind !== "interrupted";
  }

  interrupt(): void {
    this.motions.interrupt();
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.travel.hits.setBreakpoints(addresses);
  }
  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    this.travel.hits.setWatchpoints(watchpoints);
  }
  get replayBreak(): number | undefined {
    return this.travel.replayBreak;
  }
  set replayBreak(position: number | undefined) {
    this.travel.replayBreak = position;
  }

  /** A motion, and what every one ends with. */
  private move(name: string, options: TravelOptions, body: () => Promise<TravelStop>): Promise<TravelStop> {
    const { course, events } = this;
    return this.motions.make(name, options, async () => {
      try {
        const stop = await body();
        course.arrived();
        return stop;
      } catch (error) {
        course.backIntoHistory();
        if (!(error instanceof Divergence)) throw error;
        const told = await recover(error, course, this.keeping);
        if (course.atEnd) course.returnToLive();
        events.divergence.emit(told.message);
        throw told;
      } finally {
        course.flush();
        events.tellOutput();
      }
    });
  }

  /** Between slices. Throws what the store failed with. */
  private turn(): void {
    this.course.flushWhenDue();
    this.events.tellOutput();
    this.events.change.emit();
    const progress = this.travel.traveller.progress?.();
    if (progress) this.motions.tell(progress);
  }

  send(port: number, bytes: Uint8Array): boolean {
    return this.toRecorder((live) => live.recorder.give(port, bytes));
  }
  sendBreak(port: number): boolean {
    return this.toRecorder((live) => live.recorder.sendBreak(port));
  }
  private toRecorder(send: (live: LiveEnd) => void): boolean {
    const live = this.named.leaving ?? (this.course.chronicle.live ? this.course.live : undefined);
    if (live === undefined) return false;
    send(live);
    live.wake();
    return true;
  }

  edit(edit: DebuggerEdit): boolean {
    const stop = this.motions.busy ? undefined : this.course.edit(edit);
    if (!stop) return false;
    this.motions.lastStop = stop;
    this.travel.hits.leave();
    this.events.change.emit();
    return true;
  }

  reset(): void {
    this.press("reset");
  }
  wakeUp(): void {
    this.press("wake");
  }
  private press(button: "reset" | "wake"): void {
    const { live, chronicle } = this.course;
    if (!live || !chronicle.live) throw new UserError(`${button} is possible only at the live end of history`);
    live.pending = button;
    if (this.running) return live.wake();
    this.course.applyPending();
    live.flush();
    this.events.change.emit();
  }

  get leftSnapshots(): ReadonlyMap<string, string> {
    return this.course.leftSnapshots;
  }
  branch(name: string): Promise<void> {
    return this.motions.alone(() => recordBranch(name, this.course, this.keeping, this.parts));
  }
  async endBranch(): Promise<void> {
    await this.motions.still(() => {
      const { course } = this;
      if (!course.diversion) throw new UserError("there is no throw-away branch; this is recorded history");
      this.travel.hits.leave();
      course.rejoin();
      if (course.atEnd) course.returnToLive();
    });
  }

  snapshots(): readonly SnapshotInfo[] {
    return this.named.list();
  }
  snapshotsAside(): readonly SnapshotInfo[] {
    return this.named.aside();
  }
  saveSnapshot(name: string): Promise<void> {
    return this.named.save(name);
  }
  loadSnapshot(name: string): Promise<LoadedBranch | undefined> {
    return this.named.load(name);
  }
  async deleteSnapshot(name: string): Promise<void> {
    await this.named.delete(name);
    this.events.change.emit();
  }
  /** All that are in memory: those with names among them. */
  keyframes(): readonly { readonly position: number; readonly virtualNs: number }[] {
    return this.course.chronicle.snapshots.all;
  }

  outputUntil(port: number, position: number): Uint8Array {
    return this.course.chronicle.output.until(port, position);
  }
  outputSince(port: number, skip: number): { bytes: Uint8Array; positions: Float64Array } {
    return this.course.chronicle.output.since(port, skip);
  }
  inputs(): readonly LoggedInput[] {
    return this.course.chronicle.history.inputMarks;
  }
  stateHash(): string {
    if (this.running) throw new UserError("stop the machine first");
    return hex(this.course.chronicle.stateHash());
  }

  /**
   * Stores snapshots of what is indexed beside the recording, so that it opens without a replay next time; gives up
   * when `goOn` says no, and goes on from there the next time. May run beside motion. Resolves to whether all is
   * stored. Rejects with a UserError when storage is full.
   */
  keep(goOn: () => boolean = () => true): Promise<boolean> {
    return this.keeping.keep(goOn);
  }

  /**
   * The store has lost everything: stores the recording again. May run beside motion. Rejects with a RecordingPaused when
   * that fails.
   */
  async storeAgain(): Promise<void> {
    const log = this.course.recordedLog;
    await log.storeAgain();
    await this.keeping.discard();
    log.check();
  }

  /** Tries again to store what the store did not take. Resolves to whether it has all of it. May run beside motion. */
  async storeRest(): Promise<boolean> {
    try {
      await this.course.recordedLog.recover();
      return true;
    } catch (error) {
      if (error instanceof RecordingPaused) return false;
      throw error;
    }
  }

  async quit(): Promise<void> {
    await this.motions.stop();
    this.course.rejoin();
    this.course.finish("host-quit");
    await this.course.log.close();
    await this.keeping.finish(this.parts.live !== undefined);
    await this.course.log.keepIndex();
    this.events.change.emit();
  }

  async dispose(): Promise<void> {
    if (!(await this.motions.close())) return;
    this.course.rejoin();
    await this.keeping.finish(this.parts.live !== undefined);
    await this.keeping.close();
    this.course.flush();
    const { log } = this.course;
    await log.close();
    await log.keepIndex();
    await log.release();
  }

  onOutput(listener: (port: number, bytes: Uint8Array) => void): Disposable {
    return this.events.output.on(({ port, bytes }) => listener(port, bytes));
  }
  onChange(listener: () => void): Disposable {
    return this.events.change.on(listener);
  }
  onProgress(listener: (progress: Progress | undefined) => void): Disposable {
    return this.events.progress.on(listener);
  }
  onDivergence(listener: (message: string) => void): Disposable {
    return this.events.divergence.on(listener);
  }
  onBranchDropped(listener: (branch: DroppedBranch) => void): Disposable {
    return this.events.dropped.on(listener);
  }
}
