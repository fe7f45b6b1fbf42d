import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import { UserError } from "../../base/index.ts";
import type { RecordingCache } from "../store.ts";
import { errorCode, orUserError, unlessMissing } from "./files.ts";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
const partSuffix = ".part";
/** A blob is written in milliseconds. */
const staleMs = 60_000;
const smallestChunk = 16 * 1024;
const largestChunk = 1100 * 1024;

/** A file for each blob, deflated. */
export class DirectoryCache implements RecordingCache {
  private owned = false;

  /** `own`: what keys look like; a directory that holds anything else is somebody else's, and left alone. */
  constructor(
    private readonly directory: string,
    private readonly own = /^/,
  ) {}

  async keys(): Promise<readonly string[]> {
    const names = (await unlessMissing(readdir(this.directory))) ?? [];
    // A file that somebody else put there is none of ours.
    return names.filter((name) => !name.endsWith(partSuffix) && isKey(name)).map(decodeURIComponent);
  }

  /** A damaged blob is as good as none. */
  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const file = await orUserError(`cannot read ${this.directory}`, unlessMissing(readFile(this.path(key))));
    if (!file) return undefined;
    // In one piece where that is likely: putting small ones together costs more than inflating them.
    const chunkSize = Math.min(largestChunk, Math.max(smallestChunk, file.length * 16));
    return inflate(file, { chunkSize }).then(
      ({ buffer, byteOffset, length }) => new Uint8Array(buffer as ArrayBuffer, byteOffset, length),
      () => undefined,
    );
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const part = this.path(key) + partSuffix;
    const write = async (): Promise<void> => {
      if (!this.owned && (await this.isOwn())) {
        this.owned = true;
        await this.removeStaleParts();
      }
      if (!this.owned) throw new UserError(`${this.directory} is in the way: it is not a cache of Hindsight's`);
      await mkdir(this.directory, { recursive: true });
      await writeFile(part, await deflate(bytes, { level: 1 }));
      await rename(part, this.path(key));
    };
    await orUserError(`cannot write to ${this.directory}`, write());
  }

  async delete(key: string): Promise<void> {
    await rm(this.path(key), { force: true });
  }

  async clear(): Promise<void> {
    if (await this.isOwn()) await rm(this.directory, { recursive: true, force: true });
  }

  /** Moves what it holds to another place, where nothing is. */
  async moveTo(directory: string): Promise<void> {
    if (await this.isOwn()) await rename(this.directory, directory).catch(() => undefined);
  }

  /** Nothing else is there, nor a file in its place. */
  private async isOwn(): Promise<boolean> {
    try {
      const names = await readdir(this.directory);
      return names.every((name) => this.own.test(name.replace(partSuffix, "")));
    } catch (error) {
      return errorCode(error) === "ENOENT";
    }
  }

  /** Left by a process that was killed while it wrote. */
  private async removeStaleParts(): Promise<void> {
    const names = (await unlessMissing(readdir(this.directory))) ?? [];
    for (const part of names.filter((name) => name.endsWith(partSuffix))) {
      const path = join(this.directory, part);
      const written = await unlessMissing(stat(path));
      if (written && Date.now() - written.mtimeMs > staleMs) await rm(path, { force: true });
    }
  }

  private path(key: string): string {
    return join(this.directory, encodeURIComponent(key));
  }
}

function isKey(name: string): boolean {
  try {
    return encodeURIComponent(decodeURIComponent(name)) === name;
  } catch {
    return false;
  }
}
