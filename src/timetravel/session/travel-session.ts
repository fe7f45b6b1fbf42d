import { hex, sha256Hex, UserError } from "../../base/index.ts";
import type { Input } from "../../hardware/index.ts";
import { readWhole, type RecordingStore, wrongName } from "../../storage/index.ts";
import { nameOfLoaded } from "./branch.ts";
import type { LiveEnd } from "../door/live-end.ts";
import { Keyframes } from "../keyframes/keyframes.ts";
import type { ParentReference } from "../log/header.ts";
import { type LogFile, logFile } from "../log/log-file.ts";
import type { LogWriter } from "../log/writer.ts";
import { RecordingPaused } from "../log/recording-paused.ts";
import type { LoadedBranch, LoggedInput, Session, SnapshotInfo } from "./session.ts";
import { SessionMotions } from "../motion/session-motions.ts";

/** The session over a timeline, with or without a live end: what is done while the machine stands. */
export class TravelSession extends SessionMotions implements Session {
  readonly leftSnapshots = new Map<string, string>();
  /** The live end that loading a snapshot leaves: what is typed meanwhile is for the one that comes. */
  private loading: LiveEnd | undefined;

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
    const logged = this.log.settled();
    return this.kept ? this.kept.save(indexedTo, logged, goOn) : logged.then(() => true);
  }

  /**
   * The store has lost everything: stores the recording again. May run beside motion. Rejects with a RecordingPaused when
   * that fails.
   */
  async storeAgain(): Promise<void> {
    const log = this.aside?.log ?? this.log;
    await log.storeAgain();
    await this.kept?.discard();
    log.check();
  }

  /** Tries again to store what the store did not take. Resolves to whether it has all of it. May run beside motion. */
  async storeRest(): Promise<boolean> {
    try {
      await (this.aside?.log ?? this.log).recover();
      return true;
    } catch (error) {
      if (error instanceof RecordingPaused) return false;
      throw error;
    }
  }

  sendSerial(port: number, bytes: Uint8Array): boolean {
    if (this.loading) {
      this.loading.recorder.give(port, bytes);
      return true;
    }
    if (!this.live || !this.timeline.live) return false;
    this.live.recorder.give(port, bytes);
    this.live.wake();
    return true;
  }

  sendBreak(port: number): boolean {
    if (this.loading) {
      this.loading.recorder.sendBreak(port);
      return true;
    }
    if (!this.live || !this.timeline.live) return false;
    this.live.recorder.sendBreak(port);
    this.live.wake();
    return true;
  }

  edit(edit: Extract<Input, { kind: "write-memory" | "write-register" }>): boolean {
    if (this.motion || this.occupied) return false;
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

  branch(name: string): Promise<void> {
    return this.still(() => this.alone(() => this.makeBranch(name)));
  }

  private async makeBranch(name: string): Promise<void> {
    const { stored, host } = this.parts;
    if (!stored?.store || this.recordingName === undefined)
      throw new UserError("only a recording has branches; nothing is recorded or replayed here");
    const { store, header } = stored;
    // It lies beside its parent.
    if (/[/\\]/.test(name))
      throw new UserError(`a branch lies beside its parent, '${this.recordingName}': give it a name without a path`);
    const hidden = name.startsWith(".") && !this.recordingName.startsWith(".");
    const wrong =
      wrongName(name) ?? (hidden ? `'${name}' begins with a dot, which '${this.recordingName}' does not` : undefined);
    if (wrong !== undefined) throw new UserError(wrong);
    const claim = await this.parts.claim?.(name);
    const thrownAway = this.aside !== undefined;
    let writer: LogWriter | undefined;
    if (!thrownAway) this.divert();
    try {
      const { history } = this.timeline;
      const { log, mode, from } = this.aside!;
      // Nothing of it may come after what its branch knows of it.
      await log.settled().catch(() => undefined);
      const file = await readWhole(store, this.recordingName);
      const { position } = from;
      const reference = { name: this.recordingName, position, bytes: file.length, sha256: sha256Hex(file) };
      const parent = { ...reference, left: mode === "record" };
      const created = host.realTime() * 1000;
      const branchFile = logFile(store, name, { ...header, created, parent });
      writer = await branchFile.renew();
      for (const record of history.records()) writer.add(record);
      writer.flush();
      await writer.settled();
      await this.moveTo(name, { writer, file: branchFile }, parent, store);
      claim?.moved();
    } catch (error) {
      await writer?.abandon();
      if (writer) await store.delete(name).catch(() => undefined);
      claim?.dispose();
      if (!thrownAway) {
        this.rejoin();
        if (this.atEnd) this.returnToLive();
      }
      throw error;
    }
  }

  /** The branch shown is a recording of its own from here on; the one it comes from is closed. */
  private async moveTo(
    name: string,
    { writer, file }: { readonly writer: LogWriter; readonly file: LogFile },
    parent: ParentReference,
    store: RecordingStore,
  ): Promise<void> {
    const { from, left, log } = this.aside!;
    for (const { name: lost, position } of left.history.names.values())
      if (position > from.position) this.leftSnapshots.set(lost, parent.name);
    this.keeper?.close();
    await this.kept?.stop();
    this.log.storeIn(writer, file);
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
    await this.finishKeeping();
    this.changes.emit();
  }

  snapshots(): readonly SnapshotInfo[] {
    return sorted(this.timeline.history.names.values());
  }
  snapshotsAside(): readonly SnapshotInfo[] {
    const { aside } = this;
    if (!aside) return [];
    const { names } = this.timeline.history;
    const all = [...aside.left.history.names.values()];
    return sorted(all.filter(({ name, position }) => position > aside.from.position && !names.has(name)));
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
  async loadSnapshot(name: string): Promise<LoadedBranch | undefined> {
    const { live } = this;
    if (!live || !this.timeline.live) return this.goToSnapshot(name, false);
    this.loading = live;
    try {
      const branch = await this.goToSnapshot(name, true);
      if (this.timeline.live && this.live !== live) live.recorder.handOver(this.live!.recorder);
      return branch;
    } finally {
      this.loading = undefined;
    }
  }

  private async goToSnapshot(name: string, goesOn: boolean): Promise<LoadedBranch | undefined> {
    const { aside, mode } = this;
    if (this.isAside(name)) await this.still(async () => this.drop());
    const position = this.timeline.history.names.get(name)?.position;
    if (position === undefined) throw new UserError(`there is no snapshot named '${name}'`);
    // There is nothing after it to undo.
    if (position === this.position && this.timeline.live) return undefined;
    // Out of a branch of a replay: back in the replay.
    const inReplay = aside?.mode === "play" && (!this.aside || position <= aside.from.position);
    await this.seek(position);
    if (!goesOn || inReplay || this.position !== position) return undefined;
    if (mode === "record" && !aside) return { recording: await this.branchFromLoaded() };
    await this.still(async () => this.divert());
    return { recording: undefined };
  }
  private async branchFromLoaded(): Promise<{ name: string; parent: string }> {
    const parent = this.recordingName!;
    try {
      const taken = (await this.parts.stored!.store!.list()).map(({ name }) => name);
      const name = nameOfLoaded(parent, new Set(taken));
      await this.branch(name);
      return { name, parent };
    } catch (error) {
      // Without a branch it would be history again, up to where the machine was.
      await this.seek(this.end);
      throw error;
    }
  }

  private isAside(wanted: string): boolean {
    return this.snapshotsAside().some(({ name }) => name === wanted);
  }

  async deleteSnapshot(name: string): Promise<void> {
    const log = this.isAside(name) ? this.aside!.log : this.log;
    if (!log.history.names.has(name)) throw new UserError(`there is no snapshot named '${name}'`);
    await log.annotate({ kind: "forget", name });
    this.changes.emit();
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
}

function sorted(names: Iterable<SnapshotInfo>): readonly SnapshotInfo[] {
  return [...names].sort((a, b) => a.position - b.position);
}
