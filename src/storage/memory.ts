import { sha256Hex, UserError } from "../base/index.ts";
import {
  type ImageStore,
  type RecordingCache,
  RecordingGone,
  type RecordingStore,
  type RecordingWriter,
  type StoredRecording,
} from "./store.ts";

/** A store that lives as long as this process: for tests, and where nothing can be kept. */
export class MemoryStore implements RecordingStore {
  private readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  private readonly caches = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();

  /** `caching`: false forgets what caches are given, at once; it takes more memory than the recordings. */
  constructor(private readonly caching = true) {}

  async list(): Promise<readonly StoredRecording[]> {
    return [...this.files].map(([name, file]) => ({ name, bytes: file.length, changed: 0 }));
  }

  async create(name: string): Promise<RecordingWriter> {
    if (this.files.has(name)) throw new UserError(`a recording named '${name}' exists`);
    this.files.set(name, new Uint8Array());
    return this.append(name, 0);
  }

  async append(name: string, length: number): Promise<RecordingWriter> {
    let written = this.file(name).slice(0, length);
    this.files.set(name, written);
    return {
      append: async (bytes) => {
        const before = written;
        if (this.files.get(name) !== before) throw new RecordingGone();
        const after = new Uint8Array(before.length + bytes.length);
        after.set(before);
        after.set(bytes, before.length);
        this.files.set(name, (written = after));
      },
      close: async () => {},
    };
  }

  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.file(name).slice();
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

  private file(name: string): Uint8Array<ArrayBuffer> {
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
