import type { OutputChunk } from "../../api/index.ts";

/** Everything the console has shown, byte by byte with its position, so that any instant can be redrawn at once. */
export class OutputHistory {
  private bytes = new Uint8Array(1 << 16);
  private positions = new Float64Array(1 << 16);
  private used = 0;
  /** Counts resets: an older count of bytes means nothing after one. */
  epoch = 0;

  get length(): number {
    return this.used;
  }

  append(chunk: OutputChunk): void {
    if (chunk.reset) {
      this.used = 0;
      this.epoch++;
    }
    const needed = this.used + chunk.bytes.length;
    if (needed > this.bytes.length) {
      const capacity = Math.max(needed, this.bytes.length * 2);
      const bytes = new Uint8Array(capacity);
      const positions = new Float64Array(capacity);
      bytes.set(this.bytes.subarray(0, this.used));
      positions.set(this.positions.subarray(0, this.used));
      this.bytes = bytes;
      this.positions = positions;
    }
    this.bytes.set(chunk.bytes, this.used);
    this.positions.set(chunk.positions, this.used);
    this.used = needed;
  }

  /** How many bytes are on the console at a position. */
  countAt(position: number): number {
    let low = 0;
    let high = this.used;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.positions[middle]! <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private countBefore(position: number): number {
    return this.countAt(Math.ceil(position) - 1);
  }

  /** First position that shows byte `index`. */
  positionOf(index: number): number {
    return this.positions[Math.min(index, this.used - 1)] ?? 0;
  }

  slice(from: number, to: number): Uint8Array {
    return this.bytes.subarray(from, Math.min(to, this.used));
  }

  /** The start of a line at or after `index`. */
  lineStartAfter(index: number): number {
    if (index <= 0) return 0;
    const newline = this.bytes.indexOf(10, index);
    return newline < 0 || newline >= this.used ? index : newline + 1;
  }

  /** The last line with text on it among the first `count` bytes. */
  lastLine(count: number): string {
    let end = count;
    while (end > 0 && this.bytes[end - 1]! <= 32) end--;
    const start = end === 0 ? 0 : this.bytes.lastIndexOf(10, end - 1) + 1;
    return plain(this.bytes.subarray(start, end));
  }

  /** Bytes printed in each of `buckets` equal parts of [from, to). */
  density(from: number, to: number, buckets: number): Float64Array {
    const counts = new Float64Array(buckets);
    const width = (to - from) / buckets;
    let before = this.countBefore(from);
    for (let bucket = 0; bucket < buckets; bucket++) {
      const after = this.countBefore(bucket + 1 === buckets ? to : from + (bucket + 1) * width);
      counts[bucket] = after - before;
      before = after;
    }
    return counts;
  }
}

const decoder = new TextDecoder();

/** Without escape sequences and control characters. */
export function plain(bytes: Uint8Array): string {
  return decoder
    .decode(bytes)
    .replace(/\x1b(\[[0-9;?]*[A-Za-z]|.)/g, "")
    .replace(/[\x00-\x08\x0b-\x1f]/g, "");
}
