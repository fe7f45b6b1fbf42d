import type {
  RecordingCache,
  RecordingReader,
  RecordingStore,
  RecordingWriter,
  StoredRecording,
} from "../storage/index.ts";

/** A store for one session, which goes on knowing its recording by the name it was opened with. */
export class RenamingStore implements RecordingStore {
  private current: string;
  private renaming: Promise<void> | undefined;

  constructor(
    private readonly store: RecordingStore,
    private opened: string,
  ) {
    this.current = opened;
  }

  /** The session has gone on to another recording. */
  moveTo(name: string): void {
    this.opened = this.current = name;
  }

  /** Renames the open recording. */
  async renameOpen(name: string): Promise<void> {
    const renaming = this.store.rename(this.current, name).then(() => void (this.current = name));
    this.renaming = renaming.catch(() => undefined);
    await renaming;
  }

  private nameOf(name: string): string {
    return name === this.opened ? this.current : name;
  }

  list(): Promise<readonly StoredRecording[]> {
    return this.store.list();
  }
  create(name: string): Promise<RecordingWriter> {
    return this.store.create(this.nameOf(name));
  }
  append(name: string, length: number): Promise<RecordingWriter> {
    return this.store.append(this.nameOf(name), length);
  }
  open(name: string): Promise<RecordingReader> {
    return this.store.open(this.nameOf(name));
  }
  rename(from: string, to: string): Promise<void> {
    return this.store.rename(this.nameOf(from), to);
  }
  delete(name: string): Promise<void> {
    return this.store.delete(this.nameOf(name));
  }
  cache(name: string): RecordingCache {
    return {
      keys: () => this.inCache(name, (cache) => cache.keys()),
      get: (key) => this.inCache(name, (cache) => cache.get(key)),
      put: (key, bytes) => this.inCache(name, (cache) => cache.put(key, bytes)),
      delete: (key) => this.inCache(name, (cache) => cache.delete(key)),
      clear: () => this.inCache(name, (cache) => cache.clear()),
    };
  }

  /** The cache is written at any time: what fails because the name changed under it is done again. */
  private async inCache<T>(name: string, use: (cache: RecordingCache) => Promise<T>): Promise<T> {
    const before = this.nameOf(name);
    try {
      return await use(this.store.cache(before));
    } catch (error) {
      await this.renaming;
      const now = this.nameOf(name);
      if (now === before) throw error;
      return use(this.store.cache(now));
    }
  }
}
