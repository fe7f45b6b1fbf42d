import { UserError } from "../base/index.ts";
import type { RecordingCache, RecordingStore, RecordingWriter, StoredRecording } from "./store.ts";

/** A store that lives as long as this process: for tests, and where nothing can be kept. */
export class MemoryStore implements RecordingStore {
  private readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  private readonly caches = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();

  async list(): Promise<readonly StoredRecording[]> {
    return [...this.files].map(([name, file]) => ({ name, bytes: file.length, changed: 0 }));
  }

  async create(name: string): Promise<RecordingWriter> {
    if (this.files.has(name)) throw new UserError(`a recording named '${name}' exists`);
    this.files.set(name, new Uint8Array());
    return this.append(name, 0);
  }

  async append(name: string, length: number): Promise<RecordingWriter> {
    this.files.set(name, this.file(name).slice(0, length));
    return {
      append: async (bytes) => {
        const before = this.file(name);
        const after = new Uint8Array(before.length + bytes.length);
        after.set(before);
        after.set(bytes, before.length);
        this.files.set(name, after);
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
      put: async (key, bytes) => void blobs().set(key, bytes.slice()),
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
