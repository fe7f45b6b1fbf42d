import { assert } from "../../base/index.ts";
import type { RamPages } from "./pages.ts";

/** Memory that a machine has: RAM, ROM, flash, video memory. */
export interface BlockSpec {
  readonly name: string;
  /** A multiple of 4096. */
  readonly bytes: number;
}

/** Pages in a row that are state, wherever a board maps them, and also where it does not. */
export class Block implements BlockSpec {
  constructor(
    readonly name: string,
    readonly bytes: number,
    readonly firstPage: number,
    private readonly pages: RamPages,
  ) {}

  /** A copy of `length` bytes. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    this.check(offset, length);
    return this.pages.read(this.firstPage * 4096 + offset, length);
  }

  /** Passes the write gate. */
  write(offset: number, data: Uint8Array): void {
    this.check(offset, data.length);
    this.pages.write(this.firstPage * 4096 + offset, data);
  }

  private check(offset: number, length: number): void {
    assert(offset >= 0 && offset + length <= this.bytes, `${length} bytes at ${offset} of ${this.name}`);
  }
}

/** A machine's blocks one behind the other: their order is that of pages in snapshots and hashes. */
export function layOut(specs: readonly BlockSpec[], pages: RamPages): Map<string, Block> {
  const blocks = new Map<string, Block>();
  let next = 0;
  for (const { name, bytes } of specs) {
    assert(Number.isSafeInteger(bytes) && bytes > 0 && bytes % 4096 === 0, `${name} of ${bytes} bytes`);
    assert(!blocks.has(name), `two blocks ${name}`);
    blocks.set(name, new Block(name, bytes, next, pages));
    next += bytes / 4096;
  }
  return blocks;
}
