import { HASH_SCRATCH, PAGE_FLAGS, PAGE_IS_DIRTY, RAM } from "../layout.ts";

const PAGE_BYTES = 4096;

const ZERO = new Uint8Array(PAGE_BYTES);

/** What the pages need of the CPU they belong to. */
export interface PagesHost {
  hashBlock(address: number, bytes: number, out: number): void;
  /** The write gate, before bytes inside a page change: what was derived from them is dropped. */
  openRange(page: number, offset: number, bytes: number): void;
  /** With the others, removes every write entry from the TLB. */
  flushTlb(): void;
}

/** Pages that somebody shows. Not state: an answer depends on when was asked. */
export class ShownPages {
  private readonly changed = new Set<number>();

  constructor(
    private readonly first: number,
    private readonly count: number,
    private readonly close: (pages: readonly number[]) => void,
  ) {}

  changes(page: number): void {
    if (page >= this.first && page < this.first + this.count) this.changed.add(page);
  }

  /** Pages changed since they were last taken, ascending. Between runs. */
  take(): number[] {
    const pages = [...this.changed].sort((a, b) => a - b);
    this.changed.clear();
    if (pages.length > 0) this.close(pages);
    return pages;
  }
}

/** RAM as pages with change tracking; see Pages in machine/machine.ts. */
export class RamPages {
  readonly pageBytes = PAGE_BYTES;
  onFirstWrite: ((page: number) => void) | undefined;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  /** What hashBlock wrote. */
  private readonly hashOut: Uint32Array;
  private readonly hashes: Uint32Array;
  private readonly hashed: Uint8Array;
  private written: number[] = [];
  /** Of this epoch, a 1 per page of `written`. */
  private readonly inEpoch: Uint8Array;
  private readonly shown: ShownPages[] = [];
  /** Pages ever written; the others are zero. */
  private readonly touched: Uint8Array;

  constructor(
    memory: WebAssembly.Memory,
    readonly count: number,
    private readonly host: PagesHost,
  ) {
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.hashOut = new Uint32Array(memory.buffer, HASH_SCRATCH, 4);
    this.hashes = new Uint32Array(count * 4);
    this.hashed = new Uint8Array(count);
    this.touched = new Uint8Array(count);
    this.inEpoch = new Uint8Array(count);
  }

  /** The write gate's first step: before a page's content changes for the first time in this epoch, or since it was shown. */
  firstWrite(page: number): void {
    if (!this.inEpoch[page]) {
      this.onFirstWrite?.(page);
      this.inEpoch[page] = 1;
      this.written.push(page);
    }
    this.bytes[PAGE_FLAGS + page]! |= PAGE_IS_DIRTY;
    this.hashed[page] = 0;
    this.touched[page] = 1;
    for (const shown of this.shown) shown.changes(page);
  }

  beginEpoch(): readonly number[] {
    const written = this.written;
    this.written = [];
    for (const page of written) this.inEpoch[page] = 0;
    this.close(written);
    return written;
  }

  /** The next write to each of these is told again. */
  private close(pages: Iterable<number>): void {
    for (const page of pages) {
      this.bytes[PAGE_FLAGS + page]! &= ~PAGE_IS_DIRTY;
      // It may have been hashed while it was still being written.
      this.hashed[page] = 0;
    }
    this.host.flushTlb();
  }

  /** For a display: which of these pages have changed, by whomever, since it last asked. What is there already is not told. */
  show(first: number, count: number): ShownPages {
    const shown = new ShownPages(first, count, (pages) => this.close(pages));
    this.shown.push(shown);
    this.close(Array.from({ length: count }, (_, i) => first + i));
    return shown;
  }

  view(page: number): Uint8Array {
    return this.bytes.subarray(RAM + page * PAGE_BYTES, RAM + (page + 1) * PAGE_BYTES);
  }

  isZero(page: number): boolean {
    const first = (RAM + page * PAGE_BYTES) >>> 2;
    for (let at = first; at < first + PAGE_BYTES / 4; at++) if (this.words[at] !== 0) return false;
    return true;
  }

  /** A copy of bytes by their offset from the first page's start. */
  read(at: number, length: number): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(RAM + at, RAM + at + length);
  }

  /** The same, written through the gate: loader, device, debugger, restore. */
  write(at: number, data: Uint8Array): void {
    for (let done = 0; done < data.length;) {
      const offset = (at + done) % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, data.length - done);
      this.host.openRange(Math.floor((at + done) / PAGE_BYTES), offset, count);
      this.bytes.set(data.subarray(done, done + count), RAM + at + done);
      done += count;
    }
  }

  replace(page: number, bytes: Uint8Array): void {
    this.write(page * PAGE_BYTES, bytes);
  }

  /** Zeroes RAM, as at power-on. */
  clear(): void {
    for (let page = 0; page < this.count; page++) {
      if (this.touched[page]) this.replace(page, ZERO);
    }
  }

  hash(page: number): Uint32Array {
    const hash = this.hashes.subarray(page * 4, page * 4 + 4);
    const dirty = this.bytes[PAGE_FLAGS + page]! & PAGE_IS_DIRTY;
    if (!this.hashed[page] || dirty) {
      this.host.hashBlock(RAM + page * PAGE_BYTES, PAGE_BYTES, HASH_SCRATCH);
      hash.set(this.hashOut);
      this.hashed[page] = 1;
    }
    return hash;
  }
}
