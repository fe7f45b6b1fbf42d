import { messageOf } from "../../base/index.ts";
import { RecordingGone } from "../../storage/index.ts";
import { RecordingPaused } from "./recording-paused.ts";
import type { History } from "./history.ts";
import type { LogRecord } from "./records.ts";
import type { LogFile } from "./log-file.ts";
import type { LogWriter } from "./writer.ts";

/** Where a session's records go: always to the history in memory, and to a stored recording where there is one. */
export class SessionLog {
  private writer: LogWriter | undefined;
  /** What happens is to be stored. */
  private live: boolean;
  /** Once only: a second writer would cut off what the first one wrote. */
  private reopening: Promise<LogWriter> | undefined;
  private renewing: Promise<void> | undefined;
  /** The recording could not be made anew. */
  private failure: unknown;

  /** `file`: absent when nothing is stored, and `unstored` may say why. */
  constructor(
    readonly history: History,
    live?: LogWriter,
    private file?: LogFile,
    public unstored?: string,
  ) {
    this.writer = live;
    this.live = live !== undefined;
  }

  /** From here on all is stored there; what came before is there already. */
  storeIn(writer: LogWriter, file: LogFile): void {
    this.writer = writer;
    this.live = true;
    this.file = file;
    this.unstored = undefined;
  }

  /** What happens is being stored. */
  get recording(): boolean {
    return this.live;
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
    await this.renewing;
    if (!this.writer && this.file?.reopen) {
      this.reopening ??= this.file.reopen();
      this.writer = await this.reopening;
    }
    this.record(record);
    this.writer?.flush();
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.renewing;
    try {
      await this.writer?.settled();
    } catch (error) {
      if (!(error instanceof RecordingGone && this.file)) throw error;
      await this.storeAgain();
      await this.writer?.settled();
    }
    if (this.failure !== undefined) throw this.failure;
  }

  flush(): void {
    this.hasNews = false;
    this.writer?.flush();
  }

  /** Throws a RecordingPaused while the store has not taken all that it was given. */
  check(): void {
    if (this.renewing) return;
    const error = this.failure ?? this.writer?.error;
    if (error instanceof RecordingGone && this.file) void this.storeAgain();
    else if (error !== undefined) throw new RecordingPaused(messageOf(error));
  }

  /** Tries again to store what was not. Throws a RecordingPaused when the store still fails. */
  async recover(): Promise<void> {
    if (this.failure !== undefined) await this.storeAgain();
    else if (this.writer?.error !== undefined) await this.writer.retry().catch(() => undefined);
    this.check();
  }

  /** Stores all of history, because the store has lost it. What fails is told by `check`. */
  storeAgain(): Promise<void> {
    this.renewing ??= this.renew().finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async renew(): Promise<void> {
    if (!this.file) return;
    const lost = this.writer;
    // Meanwhile history takes what happens.
    this.writer = undefined;
    try {
      await lost?.abandon();
      const writer = await this.file.renew();
      for (const record of this.history.records()) writer.add(record);
      writer.flush();
      this.writer = writer;
      this.failure = undefined;
    } catch (error) {
      this.failure = error;
    }
  }

  async close(): Promise<void> {
    this.flush();
    // What fails now fails once more below.
    await this.settled().catch(() => undefined);
    const writer = this.writer;
    this.writer = undefined;
    this.live = false;
    await writer?.close();
  }
}
