import { ByteReader, UserError } from "../../base/index.ts";
import type { RecordingCache, RecordingReader, RecordingStore } from "../../storage/index.ts";
import { LOG_FORMAT } from "../versions.ts";
import { BlockCache } from "./blocks.ts";
import { chunkType, fileHeadBytes, magic, readChunk } from "./chunks.ts";
import { fingerprint } from "./fingerprint.ts";
import { decodeHeader, type LogHeader } from "./header.ts";
import { History } from "./history.ts";
import { decodeLogIndex, keepLogIndex, logIndexKey } from "./log-index.ts";
import { damaged, LogSource } from "./log-source.ts";
import { decodeRecords } from "./records.ts";

/** A recording as far as it is read: `history.growth` says whether that is all of it. */
export interface Recording {
  readonly header: LogHeader;
  readonly history: History;
  /** Bytes of the file that are good; what follows was cut or is damaged. */
  readonly goodBytes: number;
  /** One line, when the file has a damaged chunk: history ends before it. */
  readonly damage: string | undefined;
  /** Stores in its cache what its file would have to be read for. */
  keepIndex?(): Promise<void>;
  /** Its history is not read from any more. */
  close?(): Promise<void>;
}

/**
 * Reads a recording as far as it is whole. A file cut anywhere after its header is usable up to its last whole chunk;
 * so is a damaged one, and `damage` says where. Throws a UserError when not even the header is readable.
 */
export function readRecording(file: Uint8Array): Recording {
  const { header, next } = readHead(file);
  const history = new History();
  const goodBytes = appendChunks(history, file, next, 0).next;
  return { header, history, goodBytes, damage: history.damage };
}

export interface ReadLimits {
  /** A recording of so many bytes is kept in memory; a larger one is read to here before it is opened. */
  readonly atOnceBytes: number;
  /** Of the records of a larger one so many bytes are in memory at once. */
  readonly heldBytes: number;
  /** Read at once, and forgotten together. */
  readonly blockBytes: number;
}

export const atOnceBytes = 8 * 2 ** 20;
const defaults: ReadLimits = { atOnceBytes, heldBytes: 64 * 2 ** 20, blockBytes: 2 ** 18 };
/** Read at once. */
const windowBytes = 2 ** 20;

/**
 * Opens a stored recording. A small one is read as `readRecording` does; a large one is read in pieces when they are
 * needed, and its end is looked for while its beginning can be shown already.
 */
export async function openRecording(
  store: RecordingStore,
  name: string,
  limits: Partial<ReadLimits> = {},
): Promise<Recording> {
  const { atOnceBytes: atOnce, heldBytes, blockBytes } = { ...defaults, ...limits };
  const reader = await store.open(name);
  try {
    const size = await reader.size();
    if (size <= atOnce) {
      const recording = readRecording(await reader.read(0, size));
      await reader.close();
      return recording;
    }
    const recording = await StoredRecording.open(reader, store.cache(name), new BlockCache(heldBytes, blockBytes));
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
    const index = await readIndex(reader, cache, source, blocks);
    const history = index?.history ?? new History(source, blocks);
    return new StoredRecording(header, history, source, reader, cache, index?.bytes ?? next);
  }

  get goodBytes(): number {
    return this.at;
  }
  get damage(): string | undefined {
    return this.history.damage;
  }

  /** Reads up to there before it resolves, and goes on to the end of the file. */
  async read(bytes: number): Promise<void> {
    while (this.at < bytes) if (!(await this.readWindow())) return;
    if (this.at >= (await this.reader.size())) return;
    const { history } = this;
    const readOn = async (): Promise<void> => {
      const more = !this.closed && (await this.readWindow());
      history.growth = more ? readOn() : undefined;
    };
    history.growth = readOn();
  }

  /** Resolves to whether there may be more. */
  private async readWindow(): Promise<boolean> {
    const { history } = this;
    try {
      let window = await this.reader.read(this.at, windowBytes);
      let read = appendChunks(history, window, 0, this.at);
      if (read.next === 0 && read.cut > windowBytes && this.at + read.cut <= (await this.reader.size())) {
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
    if (history.growth || history.damage !== undefined) return;
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
  source: LogSource,
  blocks: BlockCache,
): Promise<ReturnType<typeof decodeLogIndex> | undefined> {
  try {
    const encoded = await cache.get(logIndexKey);
    const index = encoded && decodeLogIndex(encoded, source, blocks);
    if (!index || index.bytes > (await reader.size())) return undefined;
    return (await fingerprint(reader, index.bytes)) === index.fingerprint ? index : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * Appends to a history what chunks say that lie in the file from `base` + `at` on; `file` begins at `base`. Returns
 * where in it the first one lies that it does not have whole, and that one's length as far as it is known.
 */
function appendChunks(history: History, file: Uint8Array, at: number, base: number): { next: number; cut: number } {
  while (at < file.length) {
    const chunk = readChunk(file, at, base);
    if (chunk.kind === "cut") return { next: at, cut: chunk.bytes };
    if (chunk.kind === "damaged") {
      history.damage = damaged(base + at, chunk.what).message;
      break;
    }
    try {
      if (chunk.type !== chunkType.records) throw new UserError(`unknown chunk type ${chunk.type}`);
      for (const record of decodeRecords(new ByteReader(chunk.payload))) history.append(record);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      history.damage = damaged(base + at, error.message).message;
      break;
    }
    history.written({ offset: base + at, bytes: chunk.next - at });
    at = chunk.next;
  }
  return { next: at, cut: 0 };
}

/** Whether a recording's file is whole and nothing happened in it: no instruction was run, and nothing is named. */
export function holdsNothing(file: Uint8Array): boolean {
  if (file.length === 0) return true;
  const begins = magic.every((byte, index) => file[index] === byte);
  if (file.length === fileHeadBytes && begins) return true;
  try {
    const { history, goodBytes } = readRecording(file);
    const { end, inputs, names } = history;
    return goodBytes === file.length && end === 0 && inputs.length === 0 && names.size === 0;
  } catch {
    return false;
  }
}

/** The header alone, for lists of recordings: the first few kilobytes of the file are enough. */
export function readLogHeader(file: Uint8Array): LogHeader {
  return readHead(file).header;
}

async function readHeadFrom(reader: RecordingReader): Promise<{ header: LogHeader; next: number }> {
  const head = await reader.read(0, windowBytes);
  const chunk = head.length < fileHeadBytes ? undefined : readChunk(head, fileHeadBytes);
  return readHead(chunk?.kind === "cut" ? await reader.read(0, fileHeadBytes + chunk.bytes) : head);
}

function readHead(file: Uint8Array): { header: LogHeader; next: number } {
  if (file.length < fileHeadBytes) throw new UserError("not a Hindsight recording: the file is too short");
  if (!magic.every((byte, index) => file[index] === byte)) throw new UserError("not a Hindsight recording");
  const version = new DataView(file.buffer, file.byteOffset, file.length).getUint32(magic.length, true);
  if (version !== LOG_FORMAT)
    throw new UserError(`the recording has format ${version}; this Hindsight reads format ${LOG_FORMAT}`);
  const chunk = readChunk(file, fileHeadBytes);
  if (chunk.kind === "cut") throw new UserError("the recording was cut within its header");
  if (chunk.kind === "damaged") throw damaged(fileHeadBytes, chunk.what);
  if (chunk.type !== chunkType.header) throw new UserError("the recording has no header");
  return { header: decodeHeader(chunk.payload), next: chunk.next };
}
