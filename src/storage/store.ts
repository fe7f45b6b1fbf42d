import { UserError } from "../base/index.ts";

/** Beside a recording, with its name before them. */
export const cacheSuffix = ".cache";
export const lockSuffix = ".lock";

/** Why no recording can have this name; undefined: one can. */
export function wrongName(name: string): string | undefined {
  if (/^\.{0,2}$/.test(name)) return `'${name}' is not a name for a recording`;
  const suffix = [lockSuffix, cacheSuffix].find((end) => name.endsWith(end));
  return suffix === undefined ? undefined : `a recording's name cannot end in ${suffix}: ${name}`;
}

/** One recording in a list. */
export interface StoredRecording {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970 of the last write. */
  readonly changed: number;
}

/** What was being written is not there any more: somebody deleted it, or everything. */
export class RecordingGone extends UserError {
  override name = "RecordingGone";

  constructor() {
    super("the recording was deleted");
  }
}

/** Appends to a recording. Calls are made one after the other. */
export interface RecordingWriter {
  /**
   * Resolves when the bytes would survive the end of this process. Rejects with a UserError when storage is full; then
   * none of them count as appended, and the same ones may be given again; with a RecordingGone when there is nothing to
   * append to any more.
   */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Reads one recording, which may grow or get another name meanwhile. Reads may be made at the same time. */
export interface RecordingReader {
  /** Bytes that it has by now. */
  size(): Promise<number>;
  /** So many bytes from `offset` on; fewer where the recording ends before. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Blobs beside a recording that may be thrown away at any time: keyframes. Compressed where that is cheap. */
export interface RecordingCache {
  keys(): Promise<readonly string[]>;
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Nothing happens where there is none. */
  delete(key: string): Promise<void>;
  clear(): Promise<void>;
}

/** Where recordings live. A recording is one append-only file; everything else is a cache. */
export interface RecordingStore {
  list(): Promise<readonly StoredRecording[]>;
  /** Starts an empty recording. Rejects with a UserError when the name is taken. */
  create(name: string): Promise<RecordingWriter>;
  /** Goes on writing after the first `length` bytes; what follows them is cut off. */
  append(name: string, length: number): Promise<RecordingWriter>;
  /** Rejects with a UserError when there is none. */
  open(name: string): Promise<RecordingReader>;
  rename(from: string, to: string): Promise<void>;
  /** With its cache. */
  delete(name: string): Promise<void>;
  cache(name: string): RecordingCache;
}

/** Kernels and other images, each kept once, by the SHA-256 of its content (64 hex digits). */
export interface ImageStore {
  has(sha256: string): Promise<boolean>;
  get(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Resolves to the image's SHA-256. */
  put(bytes: Uint8Array): Promise<string>;
  delete(sha256: string): Promise<void>;
}

/** Bytes that are read or copied at once. */
const pieceBytes = 2 ** 20;

/** The first `end` bytes of a recording in pieces, or as many as there are. */
export async function* pieces(reader: RecordingReader, end = Infinity): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let offset = 0; offset < end;) {
    const piece = await reader.read(offset, Math.min(pieceBytes, end - offset));
    if (piece.length === 0) return;
    offset += piece.length;
    yield piece;
  }
}

/** Opens a recording for as long as `use` takes. */
export async function withReader<T>(
  store: RecordingStore,
  name: string,
  use: (reader: RecordingReader) => Promise<T>,
): Promise<T> {
  const reader = await store.open(name);
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}

/** A whole recording in memory. Rejects with a UserError when there is none. */
export function readWhole(store: RecordingStore, name: string): Promise<Uint8Array<ArrayBuffer>> {
  return withReader(store, name, async (reader) => reader.read(0, await reader.size()));
}
