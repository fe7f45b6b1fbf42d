import { ByteWriter } from "../../base/index.ts";
import type { RecordingWriter } from "../../storage/index.ts";
import { LOG_FORMAT } from "../versions.ts";
import type { Place } from "./blocks.ts";
import { chunkType, encodeChunk, fileHead } from "./chunks.ts";
import { encodeHeader, type LogHeader } from "./header.ts";
import { encodeRecords, type LogRecord } from "./records.ts";

/** A chunk ends once it has so many. */
const chunkBytes = 2 ** 20;
const headBytes = 16;

/** Appends chunks of records to a stored recording. Nothing is lost but what was not flushed yet. */
export class LogWriter {
  private buffered: LogRecord[] = [];
  private failure: unknown;
  private pending: Promise<void> = Promise.resolve();
  /** Chunks that the store does not have yet. */
  private readonly unsent: Uint8Array[] = [];
  private storedBytes: number;

  /** `offset`: bytes that stand in the file already. */
  constructor(
    private readonly to: RecordingWriter,
    private offset: number,
  ) {
    this.storedBytes = offset;
  }

  static async create(to: RecordingWriter, header: LogHeader): Promise<LogWriter> {
    const writer = new LogWriter(to, 0);
    const head = fileHead(LOG_FORMAT);
    writer.send(head);
    writer.send(encodeChunk(chunkType.header, encodeHeader(header), head.length));
    await writer.settled();
    return writer;
  }

  add(record: LogRecord): void {
    this.buffered.push(record);
  }

  /** Hands what was added to the store, in chunks; `settled` tells when it is safe. Returns where it will lie. */
  flush(): Place | undefined {
    if (this.buffered.length === 0) return undefined;
    const { offset } = this;
    for (const records of chunksOf(this.buffered)) {
      const payload = new ByteWriter();
      encodeRecords(records, payload);
      this.send(encodeChunk(chunkType.records, payload.finish(), this.offset));
    }
    this.buffered = [];
    return { offset, bytes: this.offset - offset };
  }

  /** Bytes that the store has. */
  get stored(): number {
    return this.storedBytes;
  }

  /** Resolves when the store has all that was flushed; rejects when it failed, and from then on until a retry. */
  async settled(): Promise<void> {
    await this.pending;
    if (this.failure !== undefined) throw this.failure;
  }

  /** The store's failure, as long as there is one. */
  get error(): unknown {
    return this.failure;
  }

  async close(): Promise<void> {
    this.flush();
    try {
      await (this.failure === undefined ? this.settled() : this.retry());
    } finally {
      await this.to.close();
    }
  }

  /** What it wrote is gone: lets go of it. */
  async abandon(): Promise<void> {
    await this.pending;
    await this.to.close();
  }

  /** Tries again to store what the store had no room for. Rejects like `settled`. */
  async retry(): Promise<void> {
    this.failure = undefined;
    this.pump();
    await this.settled();
  }

  private send(bytes: Uint8Array): void {
    this.offset += bytes.length;
    this.unsent.push(bytes);
    this.pump();
  }

  /** Appends in order, and stops at what the store refuses: a chunk after a lost one would be in the wrong place. */
  private pump(): void {
    this.pending = this.pending.then(async () => {
      while (this.failure === undefined && this.unsent[0]) {
        try {
          await this.to.append(this.unsent[0]);
          this.storedBytes += this.unsent.shift()!.length;
        } catch (error) {
          this.failure = error;
        }
      }
    });
  }
}

/** Most have less: what was flushed together is read together. */
function* chunksOf(records: readonly LogRecord[]): Iterable<readonly LogRecord[]> {
  let [from, bytes] = [0, 0];
  for (const [at, record] of records.entries()) {
    bytes += sizeOf(record);
    if (bytes < chunkBytes) continue;
    yield records.slice(from, at + 1);
    [from, bytes] = [at + 1, 0];
  }
  if (from < records.length) yield records.slice(from);
}

/** Roughly. */
function sizeOf(record: LogRecord): number {
  if (record.kind === "entropy") return record.bytes.length + headBytes;
  return record.kind === "input" && "bytes" in record.input ? record.input.bytes.length + headBytes : headBytes;
}
