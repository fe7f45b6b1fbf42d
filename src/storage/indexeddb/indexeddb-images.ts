import { hex, sha256Hex } from "../../base/index.ts";
import type { ImageStore } from "../store.ts";
import type { Database } from "./database.ts";

/** Images in IndexedDB, by their SHA-256. */
export class IndexedDbImages implements ImageStore {
  constructor(private readonly database: Database) {}

  async has(sha256: string): Promise<boolean> {
    return (await this.database.use((connection) => connection.count("images", sha256))) > 0;
  }

  get(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.database.use((connection) => connection.get("images", sha256));
  }

  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = await digest(bytes);
    // Storing a view stores all of its buffer. Else no copy: a kernel has tens of megabytes.
    const whole = (bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice()) as Uint8Array<ArrayBuffer>;
    if (!(await this.has(sha256))) await this.database.use((connection) => connection.put("images", whole, sha256));
    return sha256;
  }

  delete(sha256: string): Promise<void> {
    return this.database.use((connection) => connection.delete("images", sha256));
  }
}

/** By the browser where the page has the right to (a secure context), else by ourselves, ten times as slow. */
async function digest(bytes: Uint8Array): Promise<string> {
  const subtle = (globalThis as { readonly crypto?: { readonly subtle?: SubtleCrypto } }).crypto?.subtle;
  if (!subtle) return sha256Hex(bytes);
  return hex(new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)));
}
