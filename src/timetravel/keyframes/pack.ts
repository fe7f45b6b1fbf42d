import { sealed, unsealed, UserError } from "../../base/index.ts";
import { ContentHash } from "./content-hash.ts";

export const pagesPerPack = 256;
export const pageBytes = 4096;
/** Of ContentHash: eight characters of 16 bits. */
const hashBytes = 16;
/** Of `sealed`. */
const checksumBytes = 4;

/** Fills one blob with pages: their contents, then the hashes of these under a checksum. Only what is used is checked. */
export class PackWriter {
  /** The blob itself, used for one after the other: a recording makes a hundred, each a megabyte that waits to be collected. */
  private readonly blob = new Uint8Array(pagesPerPack * (pageBytes + hashBytes) + checksumBytes);
  private readonly hashes = new Uint16Array((pagesPerPack * hashBytes) / 2);
  private count = 0;

  /** @param hash of the content. */
  add(content: Uint8Array, hash: string): void {
    this.blob.set(content, this.count * pageBytes);
    for (let at = 0; at < hash.length; at++) this.hashes[this.count * hash.length + at] = hash.charCodeAt(at);
    this.count++;
  }

  get full(): boolean {
    return this.count === pagesPerPack;
  }

  get empty(): boolean {
    return this.count === 0;
  }

  /** What was added is in the blob until something is added again: to the next one. */
  finish(): Uint8Array<ArrayBuffer> {
    const { count } = this;
    const hashes = sealed(new Uint8Array(this.hashes.buffer, 0, count * hashBytes));
    this.blob.set(hashes, count * pageBytes);
    this.count = 0;
    return this.blob.subarray(0, count * pageBytes + hashes.length);
  }
}

/** Tells packs with other contents apart: the checksum at its end. */
export function packId(blob: Uint8Array): number {
  return new DataView(blob.buffer, blob.byteOffset + blob.length - 4).getUint32(0, true);
}

export class PackReader {
  readonly count: number;
  private readonly hashes: Uint16Array;
  private readonly hash = new ContentHash();

  /** Throws a UserError when it is damaged. */
  constructor(private readonly blob: Uint8Array) {
    this.count = Math.floor(blob.length / (pageBytes + hashBytes));
    const hashes = unsealed(blob.subarray(this.count * pageBytes)).slice();
    if (hashes.length !== this.count * hashBytes) throw new UserError("the cache is damaged");
    this.hashes = new Uint16Array(hashes.buffer);
  }

  /** Copies of pages' contents. Throws a UserError when one is damaged, or not there. */
  pages(indexes: readonly number[]): Uint8Array[] {
    // Together: small buffers cost more than what is in them.
    const copies = new Uint8Array(indexes.length * pageBytes);
    return indexes.map((index, at) => {
      const copy = copies.subarray(at * pageBytes, (at + 1) * pageBytes);
      copy.set(this.blob.subarray(index * pageBytes, Math.min(index + 1, this.count) * pageBytes));
      const length = hashBytes / 2;
      const expected = String.fromCharCode(...this.hashes.subarray(index * length, (index + 1) * length));
      if (this.hash.of(copy) !== expected) throw new UserError("the cache is damaged");
      return copy;
    });
  }
}
