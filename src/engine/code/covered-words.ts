import { CODE, CODE_INDEX, CODE_PAGE_BYTES, COVERED, COVERED_PAGE_BYTES } from "../layout.ts";

/** The words of each page with predecoded code that translations, made or asked for, depend on: a bit each, for the write gate. */
export class CoveredWords {
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;

  constructor(memory: WebAssembly.Memory) {
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
  }

  add(page: number, words: Iterable<number>): void {
    const bits = this.bitsOf(page);
    if (bits) for (const word of words) bits[word >> 3]! |= 1 << (word & 7);
  }

  replace(page: number, words: Iterable<number>): void {
    this.bitsOf(page)?.fill(0);
    this.add(page, words);
  }

  /** Undefined where the page has no code any more. */
  private bitsOf(page: number): Uint8Array | undefined {
    const code = this.words[(CODE_INDEX >> 2) + page]!;
    if (code === 0) return undefined;
    const at = COVERED + ((code - CODE) / CODE_PAGE_BYTES) * COVERED_PAGE_BYTES;
    return this.bytes.subarray(at, at + COVERED_PAGE_BYTES);
  }
}
