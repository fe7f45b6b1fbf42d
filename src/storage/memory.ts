import { sha256Hex, UserError } from "../base/index.ts";
import {
  type ImageStore,
  type RecordingCache,
  RecordingGone,
  type RecordingReader,
  type RecordingStore,
  type RecordingWriter,
  type StoredRecording,
} from "./store.ts";

/** What was appended, in order. */
class MemoryFile {
  private parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  length = 0;
  deleted = false;

  append(bytes: Uint8Array): void {
    this.parts.push({ offset: this.length, bytes: bytes.slice() });
    this.length += bytes.length;
  }

  cut(length: number): void {
    const kept = this.read(0, length);
    this.parts = [];
    this.length = 0;
    this.append(kept);
  }

  read(from: number, length: number): Uint8Array<ArrayBuffer> {
    const end = Math.min(this.length, from + length);
    const result = new Uint8Array(Math.max(0, end - from));
    let low = 0;
    for (let high = this.parts.length; low < high;) {
      const middle = (low + high) >>> 1;
      const { offset, bytes } = this.parts[middle]!;
      if (offset + bytes.length <= from) low = middle + 1;
      else high = middle;
    }
    for (let part = this.parts[low]; part && part.offset < end; part = this.parts[++low]) {
      const start = Math.max(from, part.offset);
      result.set(part.bytes.subarray(start - part.offset, end - part.offset), start - from);
    }
    return result;
  }
}

/** A store that lives as long as this process: for tests, and where nothing can be kept. */
export class MemoryStore implements RecordingStore {
  private readonly files = new Map<string, MemoryFile>();
  private readonly caches = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();

  /** `caching`: false forgets what caches are given, at once; it takes more memory than the recordings. */
  constructor(private readonly caching = true) {}

  async list(): Promise<readonly StoredRecording[]> {
    return [...this.files].map(([name, file]) => ({ name, bytes: file.length, changed: 0 }));
  }

  async create(name: string): Promise<RecordingWriter> {
    if (this.files.has(name)) throw new UserError(`a recording named '${name}' exists`);
    this.files.set(name, new MemoryFile());
    return this.append(name, 0);
  }

  async append(name: string, length: number): Promise<RecordingWriter> {
    const file = this.file(name);
    file.cut(length);
    return {
      append: async (bytes) => {
        if (file.deleted) throw new RecordingGone();
        file.append(bytes);
      },
      close: async () => {},
    };
  }

  async open(name: string): Promise<RecordingReader> {
    const file = this.file(name);
    return {
      size: async () => file.length,
      read: async (offset, length) => file.read(offset, length),
      close: async () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.files.has(to)) throw new UserError(`a recording named '${to}' exists`);
    this.files.set(to, this.file(from));
    this.files.delete(from);
    const cache = this.caches.get(from);
    if (cache) this.caches.set(to, cache);
    this.caches.delete(from);
  }

  async delete(name: string): Promise<void> {
    const file = this.files.get(name);
    if (file) file.deleted = true;
    this.files.delete(name);
    this.caches.delete(name);
  }

  cache(name: string): RecordingCache {
    const blobs = (): Map<string, Uint8Array<ArrayBuffer>> => {
      const found = this.caches.get(name) ?? new Map<string, Uint8Array<ArrayBuffer>>();
      this.caches.set(name, found);
      return found;
    };
    return {
      keys: async () => [...blobs().keys()],
      get: async (key) => blobs().get(key),
      put: async (key, bytes) => void (this.caching && blobs().set(key, bytes.slice())),
      delete: async (key) => void blobs().delete(key),
      clear: async () => blobs().clear(),
    };
  }

  private file(name: string): MemoryFile {
    const file = this.files.get(name);
    if (!file) throw new UserError(`there is no recording named '${name}'`);
    return file;
  }
}

/** Images for as long as this process lives. */
export class MemoryImages implements ImageStore {
  private readonly images = new Map<string, Uint8Array<ArrayBuffer>>();

  async has(sha256: string): Promise<boolean> {
    return this.images.has(sha256);
  }
  async get(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.images.get(sha256);
  }
  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = sha256Hex(bytes);
    this.images.set(sha256, bytes.slice());
    return sha256;
  }
  async delete(sha256: string): Promise<void> {
    this.images.delete(sha256);
  }
}
