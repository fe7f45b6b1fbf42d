import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex } from "../../base/index.ts";
import type { ImageStore } from "../store.ts";
import { orUserError, unlessMissing } from "./files.ts";

/** Images as files of a directory, named by their SHA-256. */
export class DirectoryImages implements ImageStore {
  constructor(private readonly directory: string) {}

  async has(sha256: string): Promise<boolean> {
    return access(this.path(sha256)).then(
      () => true,
      () => false,
    );
  }

  async get(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const file = await unlessMissing(readFile(this.path(sha256)));
    return file && new Uint8Array(file);
  }

  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = sha256Hex(bytes);
    if (await this.has(sha256)) return sha256;
    const part = `${this.path(sha256)}.part`;
    await orUserError(`cannot keep an image in ${this.directory}`, this.write(part, bytes));
    await rename(part, this.path(sha256));
    return sha256;
  }

  async delete(sha256: string): Promise<void> {
    await rm(this.path(sha256), { force: true });
  }

  private async write(path: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await writeFile(path, bytes);
  }

  private path(sha256: string): string {
    return join(this.directory, sha256);
  }
}
