import { messageOf } from "../../base/index.ts";
import { RecordingGone } from "../../storage/index.ts";
import { RecordingPaused } from "./recording-paused.ts";
import type { History } from "./history.ts";
import type { LogRecord } from "./records.ts";
import type { LogFile, WrittenLog } from "./log-file.ts";
import type { LogWriter } from "./writer.ts";

/** What a session's history is read from, where it is not in memory. */
export interface ReadLog {
  keepIndex?: (history: History) => Promise<void>;
  close?: () => Promise<void>;
}

/** Where a session's records go: always to the history, and to a stored recording where there is one. */
export class SessionLog {
  private writer: LogWriter | undefined;
  private readFrom: ReadLog | undefined;
  /** What happens is to be stored. */
  private live = false;
  /** Once only: a second writer would cut off what the first one wrote. */
  private reopening: Promise<LogWriter> | undefined;
  private renewing: Promise<void> | undefined;
  /** The recording could not be made anew. */
  private failure: unknown;

  /** `file`: absent when nothing is stored, and `unstored` may say why. */
  constructor(
    readonly history: History,
    private file?: LogFile,
    public unstored?: string,
    readFrom?: ReadLog,
  ) {
    this.readFrom = readFrom;
  }

  /** Stores what there is, and all that comes, in a log that is empty. Rejects with what the store fails with. */
  async storeIn(log: WrittenLog, file: LogFile): Promise<void> {
    const { history } = this;
    const blocks = await history.storeBlocks(log.writer, log.source);
    const rest = history.storeRest(log.writer);
    await log.writer.settled();
    history.moveTo(log.source, blocks, rest);
    this.file = file;
    this.live = true;
    this.unstored = undefined;
    this.use(log);
  }

  /** Before anything has happened. */
  begin(log: WrittenLog): void {
    this.history.moveTo(log.source, [], undefined);
    this.live = true;
    this.use(log);
  }

  private use({ writer, source, keepIndex }: WrittenLog): void {
    this.writer = writer;
    this.readFrom = { keepIndex, close: () => source.close() };
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
    this.handOver();
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
    this.handOver();
  }

  private handOver(): void {
    const place = this.writer?.flush();
    if (place) this.history.written(place);
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
    const { history, writer: lost, readFrom } = this;
    // Meanwhile history takes what happens.
    this.writer = undefined;
    try {
      await lost?.abandon();
      const log = await this.file.renew();
      const blocks = await history.storeBlocks(log.writer, log.source).catch(async (error: unknown) => {
        await log.discard();
        throw error;
      });
      history.moveTo(log.source, blocks, history.storeRest(log.writer));
      this.use(log);
      this.failure = undefined;
      await readFrom?.close?.();
    } catch (error) {
      this.failure = error;
    }
  }

  /** What history is read from stays open. */
  async close(): Promise<void> {
    this.flush();
    // What fails now fails once more below.
    await this.settled().catch(() => undefined);
    const writer = this.writer;
    this.writer = undefined;
    this.live = false;
    await writer?.close();
  }

  /** Stores what would have to be read again, if that is much. Never rejects: it is a cache. */
  async keepIndex(): Promise<void> {
    await this.readFrom?.keepIndex?.(this.history).catch(() => undefined);
  }

  /** History is not read any more. */
  async release(): Promise<void> {
    const { readFrom } = this;
    this.readFrom = undefined;
    await readFrom?.close?.();
  }
}
