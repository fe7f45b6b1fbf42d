import { lstat, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/index.ts";
import {
  cacheSuffix,
  lockSuffix,
  RecordingGone,
  type RecordingReader,
  type RecordingStore,
  type RecordingWriter,
  type StoredRecording,
} from "../store.ts";
import { DirectoryCache } from "./directory-cache.ts";
import { isFull, orUserError, unlessMissing } from "./files.ts";

/** All that a recording's cache holds. */
const keyframeKeys = /^(index|footprints|log|(state|pages)-\d+)$/;

/** Node reads less than 2 GB at once. */
const largestRead = 2 ** 30;

/**
 * Recordings as files of a directory, named like them; the cache of F is the directory F.cache beside it, and F.lock is
 * there while a process may write F (`lockRecording`, which callers do).
 */
export class DirectoryStore implements RecordingStore {
  constructor(private readonly directory: string) {}

  async list(): Promise<readonly StoredRecording[]> {
    const entries = await orUserError(this.directory, readdir(this.directory, { withFileTypes: true }));
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    const recordings = files.filter((name) => !name.endsWith(lockSuffix));
    return Promise.all(
      recordings.map(async (name) => {
        const { size, mtimeMs } = await stat(this.path(name));
        return { name, bytes: size, changed: Math.floor(mtimeMs) };
      }),
    );
  }

  async create(name: string): Promise<RecordingWriter> {
    const path = this.path(name);
    const file = await orUserError(`cannot create ${path}`, open(path, "wx"));
    await this.cache(name).clear();
    return new FileWriter(path, file, 0, () => this.cache(name).clear());
  }

  async append(name: string, length: number): Promise<RecordingWriter> {
    const path = this.path(name);
    const file = await orUserError(`cannot write ${path}`, open(path, "r+"));
    await file.truncate(length);
    return new FileWriter(path, file, length, () => this.cache(name).clear());
  }

  async open(name: string): Promise<RecordingReader> {
    const path = this.path(name);
    // A pipe would be waited for, without end.
    if (!(await orUserError(`cannot read ${path}`, stat(path))).isFile()) throw new UserError(`${path} is not a file`);
    return new FileReader(path, await orUserError(`cannot read ${path}`, open(path)));
  }

  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [this.path(from), this.path(to)];
    // Claims the name first: a rename on its own would overwrite.
    await orUserError(
      `cannot rename to ${target}`,
      open(target, "wx").then((file) => file.close()),
    );
    await orUserError(`cannot rename ${source}`, rename(source, target));
    await this.cache(to).clear();
    await this.cache(from).moveTo(target + cacheSuffix);
  }

  async delete(name: string): Promise<void> {
    const path = this.path(name);
    const found = await orUserError(`cannot delete ${path}`, unlessMissing(lstat(path)));
    if (found && !found.isFile() && !found.isSymbolicLink()) throw new UserError(`${path} is not a file`);
    await orUserError(`cannot delete ${path}`, rm(path, { force: true }));
    await this.cache(name).clear();
  }

  /**
   * Makes room for a new recording of this name: what has it gets the first of NAME.1, NAME.2 and so on that is free, and
   * keeps its cache. Resolves to that name; undefined where there was nothing, or an empty file.
   */
  async setAside(name: string): Promise<string | undefined> {
    const path = this.path(name);
    const found = await orUserError(`cannot write ${path}`, unlessMissing(stat(path)));
    if (!found) return this.delete(name).then(() => undefined);
    if (!found.isFile()) throw new UserError(`${path} is not a file`);
    if (found.size === 0) return this.delete(name).then(() => undefined);
    for (let number = 1; ; number++) {
      const other = `${name}.${number}`;
      if (await orUserError(`cannot rename ${path}`, unlessMissing(lstat(this.path(other))))) continue;
      await this.rename(name, other);
      return other;
    }
  }

  cache(name: string): DirectoryCache {
    return new DirectoryCache(this.path(name) + cacheSuffix, keyframeKeys);
  }

  private path(name: string): string {
    return join(this.directory, name);
  }
}

class FileReader implements RecordingReader {
  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  async size(): Promise<number> {
    return (await this.file.stat()).size;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const reading = this.file.read(bytes, done, Math.min(length - done, largestRead), offset + done);
      const { bytesRead } = await orUserError(`cannot read ${this.path}`, reading);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

class FileWriter implements RecordingWriter {
  /** `makeRoom`: gives up what can be made again. */
  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private offset: number,
    private readonly makeRoom: () => Promise<void>,
  ) {}

  async append(bytes: Uint8Array): Promise<void> {
    if ((await this.file.stat()).nlink === 0) throw new RecordingGone();
    await orUserError(
      `cannot write ${this.path}`,
      this.write(bytes).catch(async (error: unknown) => {
        if (!isFull(error)) throw error;
        // What is being recorded comes before its cache.
        await this.makeRoom();
        await this.write(bytes);
      }),
    );
    this.offset += bytes.length;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** A part that was written before a failure is written again, or is a cut chunk to readers. */
  private async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;)
      done += (await this.file.write(bytes, done, bytes.length - done, this.offset + done)).bytesWritten;
  }
}
