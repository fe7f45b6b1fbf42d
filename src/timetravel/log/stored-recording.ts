import { UserError } from "../../base/index.ts";
import type { RecordingCache, RecordingReader, RecordingStore } from "../../storage/index.ts";
import { BLOCK_BYTES, BlockCache, LOG_CACHE_BYTES } from "./blocks.ts";
import { fingerprint } from "./fingerprint.ts";
import { readHeadFrom } from "./head.ts";
import type { LogHeader } from "./header.ts";
import { History } from "./history.ts";
import { decodeLogIndex, keepLogIndex, logIndexKey, type ReadIndex } from "./log-index.ts";
import { LogSource } from "./log-source.ts";
import { appendChunks, readRecording, type Recording } from "./reader.ts";

export interface ReadLimits {
  /** A recording of so many bytes is kept in memory; a larger one is read to here before it is opened. */
  readonly atOnceBytes: number;
  /** Of the records of a larger one so many bytes are in memory at once. */
  readonly logCacheBytes: number;
  /** Read at once, and forgotten together. */
  readonly blockBytes: number;
}

export const atOnceBytes = 8 * 2 ** 20;
const defaults: ReadLimits = { atOnceBytes, logCacheBytes: LOG_CACHE_BYTES, blockBytes: BLOCK_BYTES };
/** Read at once while the end is looked for, or less where less is to be read before it is opened. */
const mostAtOnce = 2 ** 20;

/**
 * Opens a stored recording. A small one is read as `readRecording` does; a large one is read in pieces when they are
 * needed, and its end is looked for while its beginning can be shown already.
 */
export async function openRecording(
  store: RecordingStore,
  name: string,
  limits: Partial<ReadLimits> = {},
): Promise<Recording> {
  const { atOnceBytes: atOnce, logCacheBytes, blockBytes } = { ...defaults, ...limits };
  const reader = await store.open(name);
  try {
    const size = await reader.size();
    if (size <= atOnce) {
      const recording = readRecording(await reader.read(0, size));
      await reader.close();
      return recording;
    }
    const recording = await StoredRecording.open(reader, store.cache(name), new BlockCache(logCacheBytes, blockBytes));
    await recording.read(atOnce);
    return recording;
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** A large recording, of which little is in memory. */
class StoredRecording implements Recording {
  private closed = false;
  private windowBytes = mostAtOnce;
  private indexWrong = false;

  private constructor(
    readonly header: LogHeader,
    readonly history: History,
    private readonly source: LogSource,
    private readonly reader: RecordingReader,
    private readonly cache: RecordingCache,
    private at: number,
  ) {}

  static async open(reader: RecordingReader, cache: RecordingCache, blocks: BlockCache): Promise<StoredRecording> {
    const { header, next } = await readHeadFrom(reader);
    const source = new LogSource(reader);
    let wrong = (): void => {};
    const index = await readIndex(reader, cache, { source, cache: blocks, from: next, onWrong: () => wrong() });
    const history = index?.history ?? new History(source, blocks);
    const recording = new StoredRecording(header, history, source, reader, cache, index?.bytes ?? next);
    wrong = () => recording.forgetIndex();
    return recording;
  }

  private forgetIndex(): void {
    this.indexWrong = true;
    void this.cache.delete(logIndexKey).catch(() => undefined);
  }

  get goodBytes(): number {
    return this.at;
  }
  get damage(): string | undefined {
    return this.history.damage;
  }

  /** Reads up to there before it resolves, and goes on to the end of the file. */
  async read(bytes: number): Promise<void> {
    const { history } = this;
    this.windowBytes = Math.min(mostAtOnce, bytes);
    while (this.at < bytes) if (!(await this.readWindow())) return history.seal();
    if (this.at >= (await this.reader.size())) return history.seal();
    const readOn = async (): Promise<void> => {
      // Never at once: whoever waits for growth must not meet one that is over.
      const more = await (this.closed ? Promise.resolve(false) : this.readWindow());
      // What is appended later, such as names, is read anew next time.
      if (!more) history.seal();
      history.growth = more ? readOn() : undefined;
    };
    history.growth = readOn();
  }

  /** Resolves to whether there may be more. */
  private async readWindow(): Promise<boolean> {
    const { history } = this;
    try {
      let window = await this.reader.read(this.at, this.windowBytes);
      let read = appendChunks(history, window, 0, this.at);
      if (read.next === 0 && read.cut > this.windowBytes && this.at + read.cut <= (await this.reader.size())) {
        window = await this.reader.read(this.at, read.cut);
        read = appendChunks(history, window, 0, this.at);
      }
      this.at += read.next;
      return history.damage === undefined && read.next > 0;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      history.damage ??= error.message;
      return false;
    }
  }

  async keepIndex(): Promise<void> {
    const { history, reader, cache, at } = this;
    if (history.growth || history.damage !== undefined || this.indexWrong || this.closed) return;
    await keepLogIndex(history, reader, cache, at);
  }

  async close(): Promise<void> {
    this.closed = true;
    while (this.history.growth) await this.history.growth;
    await this.source.close();
  }
}

async function readIndex(
  reader: RecordingReader,
  cache: RecordingCache,
  read: ReadIndex,
): Promise<ReturnType<typeof decodeLogIndex> | undefined> {
  try {
    const encoded = await cache.get(logIndexKey);
    const index = encoded && decodeLogIndex(encoded, read);
    if (!index || index.bytes > (await reader.size())) return undefined;
    return (await fingerprint(reader, index.bytes)) === index.fingerprint ? index : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
