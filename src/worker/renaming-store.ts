import type { RecordingCache, RecordingStore, RecordingWriter, StoredRecording } from "../storage/index.ts";

/** A store for one session, which goes on knowing its recording by the name it was opened with. */
export class RenamingStore implements RecordingStore {
  private current: string;

  constructor(
    private readonly store: RecordingStore,
    private readonly opened: string,
  ) {
    this.current = opened;
  }

  /** Renames the open recording. */
  async renameOpen(name: string): Promise<void> {
    await this.store.rename(this.current, name);
    this.current = name;
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
  read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.store.read(this.nameOf(name));
  }
  rename(from: string, to: string): Promise<void> {
    return this.store.rename(this.nameOf(from), to);
  }
  delete(name: string): Promise<void> {
    return this.store.delete(this.nameOf(name));
  }
  cache(name: string): RecordingCache {
    const cache = (): RecordingCache => this.store.cache(this.nameOf(name));
    return {
      keys: () => cache().keys(),
      get: (key) => cache().get(key),
      put: (key, bytes) => cache().put(key, bytes),
      clear: () => cache().clear(),
    };
  }
}
