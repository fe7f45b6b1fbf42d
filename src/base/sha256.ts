// The only importer of @noble/hashes: pure JavaScript, and at once, which the floors without a host need.
import { sha256 as noble } from "@noble/hashes/sha2.js";
import { hex } from "./hex.ts";

/** The 32 bytes of SHA-256 (FIPS 180-4). */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return noble(bytes);
}

/** The same of bytes that come in pieces. */
export class Sha256 {
  private readonly hash = noble.create();

  update(bytes: Uint8Array): this {
    this.hash.update(bytes);
    return this;
  }

  /** Ends the stream. */
  digest(): Uint8Array<ArrayBuffer> {
    return this.hash.digest();
  }
}

/** SHA-256 of `bytes` as 64 lower-case hex digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return hex(sha256(bytes));
}
