import type { Disposable } from "../../base/index.ts";
import type { Host } from "../door/host.ts";
import type { Chronicle } from "../session/chronicle.ts";

const restMs = 1000;

/** Has a recording's keyframes stored while it is being made or replayed: where the machine is paused, or idle for the most part. */
export class Keeper {
  private timer: Disposable | undefined;
  /** History up to here is stored. */
  private keptTo = 0;
  private seenAt = 0;
  private keeping: Promise<void> | undefined;
  private closed = false;

  /** `keep`: stores what is new while `goOn` says so; resolves to whether that was all. */
  constructor(
    private readonly host: Host,
    private readonly chronicle: Chronicle,
    private readonly running: () => boolean,
    private readonly keep: (goOn: () => boolean) => Promise<boolean>,
  ) {}

  /** Something may have changed. Cheap. */
  wake(): void {
    if (this.closed || this.timer !== undefined || this.keeping !== undefined || !this.worthwhile()) return;
    this.seenAt = this.chronicle.machine.position;
    this.timer = this.host.after(restMs, () => {
      this.timer = undefined;
      if (this.quiet()) this.keeping = this.store(() => this.quiet());
      else this.wake();
    });
  }

  /** Stores what can be stored in `ms` more, and nothing after that. Never rejects. */
  async finish(ms: number): Promise<void> {
    if (this.closed) return;
    this.close();
    await this.keeping;
    const start = this.host.nowMs();
    if (ms > 0) await this.store(() => this.host.nowMs() - start < ms);
  }

  close(): void {
    this.closed = true;
    this.timer?.dispose();
    this.timer = undefined;
  }

  private worthwhile(): boolean {
    const news = this.chronicle.indexedTo - this.keptTo;
    return this.running() ? news >= this.chronicle.limits.snapshotInterval : news > 0;
  }

  private quiet(): boolean {
    const moved = Math.abs(this.chronicle.machine.position - this.seenAt);
    return !this.closed && (!this.running() || moved < this.chronicle.limits.snapshotInterval);
  }

  private async store(goOn: () => boolean): Promise<void> {
    const { indexedTo } = this.chronicle;
    try {
      if (await this.keep(goOn)) this.keptTo = indexedTo;
    } catch {
      // Only a cache: the recording is as good without it. Not tried again, because storage is full or gone.
      this.close();
    } finally {
      this.keeping = undefined;
    }
    this.wake();
  }
}
