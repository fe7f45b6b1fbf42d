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
  /** The whole file. Rejects with a UserError when there is none. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
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
