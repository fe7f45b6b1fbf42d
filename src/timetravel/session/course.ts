import { assert, type EventEmitter } from "../../base/index.ts";
import type { Input } from "../../hardware/index.ts";
import type { Host } from "../door/host.ts";
import { LiveEnd } from "../door/live-end.ts";
import type { ParentReference } from "../log/header.ts";
import type { EndReason } from "../log/records.ts";
import { SessionLog } from "../log/session-log.ts";
import { Diversion, type Strand } from "./diversion.ts";
import type { DroppedBranch, Session, TravelStop } from "./session.ts";
import type { Chronicle } from "./chronicle.ts";

/** The history that the machine is in, recorded or a throw-away branch, and whether it is at its live end. */
export class Course {
  diversion: Diversion | undefined;
  /** Snapshots of recordings that branches have taken the place of, behind where they begin: the recording of each name. */
  readonly leftSnapshots = new Map<string, string>();

  /** `sleep`: in branches, an idle guest waits in the host's time too. */
  constructor(
    readonly chronicle: Chronicle,
    private readonly host: Host,
    private readonly sleep: boolean,
    /** Recorded history, or what takes its place where nothing is recorded. */
    private recorded: Strand,
    public recordingName: string | undefined,
    public parent: ParentReference | undefined,
    private readonly dropped: EventEmitter<DroppedBranch>,
  ) {}

  /** Of the history that is shown. */
  get live(): LiveEnd | undefined {
    return this.strand.live;
  }
  get log(): SessionLog {
    return this.strand.log;
  }
  private get strand(): Strand {
    return this.diversion?.strand ?? this.recorded;
  }
  /** Of recorded history, also while it waits. */
  get recordedLog(): SessionLog {
    return this.recorded.log;
  }

  get mode(): Session["mode"] {
    const { live, log } = this.recorded;
    if (live && log.recording) return "record";
    return live || this.recordingName === undefined ? "none" : "play";
  }
  get position(): number {
    return this.chronicle.machine.position;
  }
  get end(): number {
    return this.chronicle.live ? this.position : this.chronicle.history.end;
  }
  get atEnd(): boolean {
    return this.position === this.end;
  }
  get branchedAt(): number | undefined {
    return this.diversion?.from;
  }
  /** "position 9 is after the end of …" */
  get what(): string {
    return this.diversion ? "this throw-away branch" : "history";
  }

  leaveLive(): void {
    if (this.chronicle.live) this.live?.leave();
  }
  /** At the end of history: it grows again. False where it cannot. */
  returnToLive(): boolean {
    if (!this.live) return false;
    if (!this.chronicle.live) this.live.return();
    return true;
  }
  flush(): void {
    if (this.chronicle.live) this.live?.flush();
  }
  /** Throws what the store failed with: a recording that is not kept must not go on unnoticed. */
  flushWhenDue(): void {
    if (!this.chronicle.live) return;
    this.live?.flushWhenDue();
    this.log.check();
  }

  /** A motion has ended: at or before the position of a branch is history, and at the end of history it grows. */
  arrived(): void {
    if (this.diversion && this.position <= this.diversion.from) this.drop();
    if (this.atEnd) this.returnToLive();
  }

  /** Where the log has turned out to be damaged, history ends earlier than it did. */
  backIntoHistory(): void {
    const { chronicle, end } = this;
    if (chronicle.live || chronicle.history.damage === undefined) return;
    chronicle.forgetAfter(end);
    if (this.position > end) chronicle.restore(chronicle.snapshots.nearest(end));
  }

  /** A host edit, where history grows: at its live end, or in a branch that begins here. Undefined where it has ended. */
  edit(edit: Input): TravelStop | undefined {
    if (!this.chronicle.live) {
      // A machine that is off does nothing any more.
      const { endReason } = this.chronicle.history;
      if (this.atEnd && endReason !== undefined && endReason !== "host-quit") return undefined;
      this.divert();
    }
    const stop = this.live!.edit(edit);
    if (stop.kind !== "shutdown") this.live!.flush();
    else this.finish(stop.reason);
    return stop;
  }

  applyPending(): void {
    const kind = this.live?.pending;
    if (kind === undefined) return;
    this.live!.pending = undefined;
    this.live!.edit({ kind });
  }

  /** The history that is shown ends here. */
  finish(reason: EndReason): void {
    this.live?.end(reason);
    this.strand.live = undefined;
  }

  /**
   * Recorded history waits from here on, and a throw-away branch goes on from its state. A branch that is one already
   * forgets what it had after this.
   */
  divert(): void {
    const { end } = this;
    this.leaveLive();
    if (!this.diversion) {
      this.diversion = new Diversion(this.chronicle, this.recorded, () => this.grow());
      return;
    }
    const lost = this.diversion.beginAnew(end);
    if (lost) this.dropped.emit(lost);
  }

  private grow(): Strand {
    const { chronicle } = this;
    const log = new SessionLog(chronicle.history);
    chronicle.log = log.record;
    const live = new LiveEnd(chronicle, this.host, log, this.sleep);
    live.return();
    return { live, log };
  }

  /** Throws the branch away, if there is one, as its user wants it. */
  rejoin(): DroppedBranch | undefined {
    const branch = this.diversion?.drop(this.end);
    this.diversion = undefined;
    return branch;
  }

  /** The same where nobody asked for the end of the branch. */
  drop(): void {
    const branch = this.rejoin();
    if (branch) this.dropped.emit(branch);
  }

  /** The branch is a recording of its own from here on. */
  keepBranch(name: string, parent: ParentReference): void {
    assert(this.diversion, "there is no branch to keep");
    for (const { name: left } of this.diversion.snapshotsLeft()) this.leftSnapshots.set(left, parent.name);
    this.diversion.keep();
    this.recorded = this.diversion.strand;
    this.diversion = undefined;
    this.recordingName = name;
    this.parent = parent;
  }
}
