import { RecordingPaused } from "./recording-paused.ts";
import type { History } from "./log/history.ts";
import type { LogRecord } from "./log/records.ts";
import type { LogWriter } from "./log/writer.ts";

/** Where a session's records go: always to the history in memory, and to a stored recording where there is one. */
export class SessionLog {
  private writer: LogWriter | undefined;
  private live: LogWriter | undefined;
  /** Once only: a second writer would cut off what the first one wrote. */
  private reopening: Promise<LogWriter> | undefined;

  /**
   * `reopen`: starts writing at the end of an opened recording, for names; undefined when it must not be written, and
   * `unstored` says why.
   */
  constructor(
    readonly history: History,
    live: LogWriter | undefined,
    private readonly reopen?: () => Promise<LogWriter>,
    public unstored?: string,
  ) {
    this.writer = this.live = live;
  }

  /** From here on all is stored there; what came before is there already. */
  storeIn(writer: LogWriter): void {
    this.writer = this.live = writer;
    this.unstored = undefined;
  }

  /** What happens is being stored. */
  get recording(): boolean {
    return this.live !== undefined && this.writer === this.live;
  }

  /** Something was recorded since the last flush. */
  hasNews = false;

  readonly record = (record: LogRecord): void => {
    this.hasNews = true;
    this.history.append(record);
    this.writer?.add(record);
  };

  /** A record that does not belong to the flow of time, stored at once. Throws what the store fails with. */
  async annotate(record: LogRecord): Promise<void> {
    if (!this.writer && this.reopen) {
      this.reopening ??= this.reopen();
      this.writer = await this.reopening;
    }
    this.record(record);
    this.writer?.flush();
    await this.writer?.settled();
  }

  async settled(): Promise<void> {
    await this.writer?.settled();
  }

  flush(): void {
    this.hasNews = false;
    this.writer?.flush();
  }

  /** Throws a RecordingPaused while the store has not taken all that it was given. */
  check(): void {
    const error = this.writer?.error;
    if (error !== undefined) throw new RecordingPaused(error instanceof Error ? error.message : String(error));
  }

  /** Tries again to store what was not. Throws a RecordingPaused when the store still fails. */
  async recover(): Promise<void> {
    if (this.writer?.error === undefined) return;
    await this.writer.retry().catch(() => undefined);
    this.check();
  }

  async close(): Promise<void> {
    const writer = this.writer;
    this.writer = undefined;
    await writer?.close();
  }
}
