import { UserError } from "../../base/index.ts";
import type { LiveEnd } from "../door/live-end.ts";
import type { RecordingStore } from "../../storage/index.ts";
import type { History } from "../log/history.ts";
import type { OneAtATime } from "../motion/one-at-a-time.ts";
import type { Course } from "./course.ts";
import { nameOfLoaded } from "./recorded-branch.ts";
import type { LoadedBranch, Session, SnapshotInfo } from "./session.ts";

/** `savevm`, `loadvm`, `delvm`: names of positions, which stand in the log. */
export class NamedSnapshots {
  /** The live end that loading a snapshot leaves: what is typed meanwhile is for the one that comes. */
  leaving: LiveEnd | undefined;

  /** `store`: of the recording. `session`: moves, and makes branches. */
  constructor(
    private readonly course: Course,
    private readonly motions: OneAtATime,
    private readonly store: RecordingStore | undefined,
    private readonly session: Pick<Session, "seek" | "branch">,
  ) {}

  list(): readonly SnapshotInfo[] {
    return sorted(this.course.chronicle.history.names.values());
  }
  aside(): readonly SnapshotInfo[] {
    return sorted(this.course.diversion?.snapshotsAside() ?? []);
  }

  save(name: string): Promise<void> {
    return this.motions.still(async () => {
      if (name === "") throw new UserError("a snapshot needs a name");
      const { position, virtualNs } = this.course.chronicle.takeSnapshot();
      await this.course.log.annotate({ kind: "name", position, virtualNs, name });
    });
  }

  async delete(name: string): Promise<void> {
    const log = this.isAside(name) ? this.course.recordedLog : this.course.log;
    await named(log.history, name);
    if (!log.history.names.has(name)) throw new UserError(`there is no snapshot named '${name}'`);
    await log.annotate({ kind: "forget", name });
  }

  async load(name: string): Promise<LoadedBranch | undefined> {
    const { live, chronicle } = this.course;
    if (!live || !chronicle.live) return this.goTo(name, false);
    this.leaving = live;
    try {
      const branch = await this.goTo(name, true);
      if (chronicle.live && this.course.live !== live) live.recorder.handOver(this.course.live!.recorder);
      return branch;
    } finally {
      this.leaving = undefined;
    }
  }

  /** `goesOn`: as a branch that begins there, which undoes what came after. */
  private async goTo(name: string, goesOn: boolean): Promise<LoadedBranch | undefined> {
    const { course } = this;
    const { history } = course.chronicle;
    await named(history, name);
    const { mode, diversion } = course;
    if (this.isAside(name)) await this.motions.still(() => course.drop());
    const position = course.chronicle.history.names.get(name)?.position;
    if (position === undefined) throw new UserError(`there is no snapshot named '${name}'`);
    // There is nothing after it to undo.
    if (position === course.position && course.chronicle.live) return undefined;
    // Out of a branch of a replay: back in the replay.
    const inReplay = diversion && mode === "play" && (!course.diversion || position <= diversion.from);
    await this.session.seek(position);
    if (!goesOn || inReplay || course.position !== position) return undefined;
    if (mode === "record" && !diversion) return { recording: await this.branch() };
    await this.motions.still(() => course.divert());
    return { recording: undefined };
  }

  private async branch(): Promise<{ name: string; parent: string }> {
    const parent = this.course.recordingName!;
    try {
      const taken = (await this.store!.list()).map(({ name }) => name);
      const name = nameOfLoaded(parent, new Set(taken));
      await this.session.branch(name);
      return { name, parent };
    } catch (error) {
      // Without a branch it would be history again, up to where the machine was.
      await this.session.seek(this.course.end);
      throw error;
    }
  }

  private isAside(wanted: string): boolean {
    return this.aside().some(({ name }) => name === wanted);
  }
}

/** Waits until it is known whether a snapshot has this name, which may stand at the end of a large recording. */
async function named(history: History, name: string): Promise<void> {
  while (history.growth && !history.names.has(name)) await history.growth;
}

function sorted(snapshots: Iterable<SnapshotInfo>): readonly SnapshotInfo[] {
  return [...snapshots].sort((a, b) => a.position - b.position);
}
