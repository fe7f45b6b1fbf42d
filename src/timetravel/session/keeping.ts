import type { RecordingStore } from "../../storage/index.ts";
import type { Host } from "../door/host.ts";
import { Keeper } from "../keyframes/keeper.ts";
import { Keyframes } from "../keyframes/keyframes.ts";
import type { Course } from "./course.ts";

/** What the end of a recording may wait for its keyframes. A replay can be had again. */
const lastKeepMs = 500;

/** A session's keyframes in the store, where it has one: those of the recording that it is in. */
export class Keeping {
  private keeper: Keeper | undefined;

  /** `unasked`: they are stored without being asked for, at quiet moments. */
  constructor(
    private readonly host: Host,
    private readonly course: Course,
    private readonly running: () => boolean,
    private keyframes: Keyframes | undefined,
    unasked: boolean,
  ) {
    if (unasked && keyframes) this.keeper = this.newKeeper();
  }

  /** What is shown came from the store, at least in part. */
  get used(): boolean {
    return this.keyframes?.used === true;
  }

  /** Something may have changed. Cheap. */
  wake(): void {
    this.keeper?.wake();
  }

  /** Brings a snapshot near a position into memory. What is stored is recorded history: a branch shares its past. */
  async warm(position: number): Promise<void> {
    await this.keyframes?.warm(Math.min(position, this.course.branchedAt ?? Infinity));
  }

  /** Stores what is indexed, as far as `goOn` lets it. Resolves to whether all is stored. */
  async keep(goOn: () => boolean): Promise<boolean> {
    const { course } = this;
    // Nothing of a throw-away branch is stored.
    if (course.diversion) return true;
    course.flush();
    const indexedTo = Math.min(course.chronicle.indexedTo, course.chronicle.history.end);
    const logged = course.log.settled();
    return this.keyframes ? this.keyframes.save(indexedTo, logged, goOn) : logged.then(() => true);
  }

  /** They turned out wrong, or are lost. A save in progress, which holds snapshots, is over then. */
  async discard(): Promise<void> {
    await this.keyframes?.discard();
  }

  /** Stores what can be stored in the time that an end may take. */
  async finish(recording: boolean): Promise<void> {
    await this.keeper?.finish(recording ? lastKeepMs : 0);
  }

  /** Nothing is written any more. */
  async close(): Promise<void> {
    this.keeper?.close();
    await this.keyframes?.stop();
  }

  /** For the recording that a branch has become. */
  startAnew(store: RecordingStore, name: string): void {
    this.keyframes = new Keyframes(this.course.chronicle, store, name, this.host);
    this.keeper = this.newKeeper();
  }

  private newKeeper(): Keeper {
    return new Keeper(this.host, this.course.chronicle, this.running, (goOn) => this.keep(goOn));
  }
}
