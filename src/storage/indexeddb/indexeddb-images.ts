import { sha256Hex } from "../../base/index.ts";
import type { ImageStore } from "../store.ts";
import { orUserError, type Database } from "./database.ts";

/** Images in IndexedDB, by their SHA-256. */
export class IndexedDbImages implements ImageStore {
  constructor(private readonly database: Database) {}

  async has(sha256: string): Promise<boolean> {
    return (await orUserError(this.database.count("images", sha256))) > 0;
  }

  async get(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return orUserError(this.database.get("images", sha256));
  }

  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = sha256Hex(bytes);
    if (!(await this.has(sha256))) await orUserError(this.database.put("images", bytes.slice(), sha256));
    return sha256;
  }

  async delete(sha256: string): Promise<void> {
    await orUserError(this.database.delete("images", sha256));
  }
}
