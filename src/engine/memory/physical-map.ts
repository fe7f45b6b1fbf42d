import { assert } from "../../base/index.ts";
import type { Emitter, Value } from "../../isa/index.ts";
import type { RoutineLowering } from "../interpreter/routine-lowering.ts";
import {
  MAP_CHUNK_PAGES,
  MAP_CHUNK_SHIFT,
  MAP_CHUNKS,
  MAP_TABLE_BYTES,
  MAP_TABLES,
  MAP_TABLES_END,
  PHYSICAL_BITS,
  MAP_TOP,
} from "../layout.ts";
import type { Block } from "./blocks.ts";

/** What a page is looked up for; instructions are fetched where reads go. */
export type MapAccess = "read" | "write";

/** Entries of the top table have 16 bytes. */
const TOP_ENTRY_SHIFT = 4;
/** Of each access in an entry of the top table. */
const PART = { read: 0, write: 8 } as const;
const NOWHERE = -1;
/** Offsets of the two tables that all chunks share which are one thing throughout. */
const NOWHERE_TABLE = 0;
const IDENTITY_TABLE = MAP_TABLE_BYTES;

/**
 * Physical pages as the CPU finds them: which of the machine's pages answers, or none and the bus is asked. Two levels in
 * the linear memory: per chunk of 16 MB and access a table's offset and a page to be added; per page of a table a page or
 * NOWHERE. Chunks that are memory in a row, or none, share a table, so that memory of any size costs next to nothing.
 * `hardware/address-map.ts` compiles a board's ranges to it.
 */
export class PhysicalMap {
  private readonly words: Int32Array;
  /** Offsets of tables that are no chunk's. */
  private readonly free: number[] = [];

  constructor(
    memory: WebAssembly.Memory,
    /** What was looked up before no longer holds. Inside a device access: from the next step on. */
    readonly changed: () => void,
  ) {
    this.words = new Int32Array(memory.buffer);
    this.table(NOWHERE_TABLE).fill(NOWHERE);
    this.table(IDENTITY_TABLE).forEach((_, i, table) => (table[i] = i));
    for (let at = MAP_TABLES_END - MAP_TABLES; (at -= MAP_TABLE_BYTES) > IDENTITY_TABLE;) this.free.push(at);
  }

  /** From the physical page `first` on, `count` pages are `page` and those that follow it; undefined: the bus answers. */
  set(access: MapAccess, first: number, count: number, page: number | undefined): void {
    assert(first >= 0 && first + count <= MAP_CHUNKS * MAP_CHUNK_PAGES, "physical addresses have 40 bits");
    for (let done = 0; done < count;) {
      const at = first + done;
      const from = at % MAP_CHUNK_PAGES;
      const here = Math.min(MAP_CHUNK_PAGES - from, count - done);
      const pages = page === undefined ? undefined : page + done;
      const chunk = Math.floor(at / MAP_CHUNK_PAGES);
      if (here === MAP_CHUNK_PAGES) this.share(access, chunk, pages);
      else this.setPart(access, chunk, from, here, pages);
      done += here;
    }
  }

  /** A block as RAM, from a physical address on. */
  place(base: number, { firstPage, bytes }: Pick<Block, "firstPage" | "bytes">): void {
    for (const access of ["read", "write"] as const) this.set(access, base / 4096, bytes / 4096, firstPage);
    this.changed();
  }

  /** The page behind a physical one; undefined where the bus answers. */
  page(access: MapAccess, physicalPage: number): number | undefined {
    const chunk = Math.floor(physicalPage / MAP_CHUNK_PAGES);
    if (!(chunk >= 0 && chunk < MAP_CHUNKS)) return undefined;
    const top = this.top(access, chunk);
    const page = this.table(this.words[top]!)[physicalPage % MAP_CHUNK_PAGES]! + this.words[top + 1]!;
    return page === NOWHERE ? undefined : page;
  }

  private top(access: MapAccess, chunk: number): number {
    return (MAP_TOP + (chunk << TOP_ENTRY_SHIFT) + PART[access]) >> 2;
  }

  private table(offset: number): Int32Array {
    const first = (MAP_TABLES + offset) >> 2;
    return this.words.subarray(first, first + MAP_CHUNK_PAGES);
  }

  /** A chunk is memory in a row from `page` on, or none of it is. */
  private share(access: MapAccess, chunk: number, page: number | undefined): void {
    const top = this.top(access, chunk);
    const own = this.words[top]!;
    if (own > IDENTITY_TABLE) this.free.push(own);
    this.words[top] = page === undefined ? NOWHERE_TABLE : IDENTITY_TABLE;
    this.words[top + 1] = page ?? 0;
  }

  private setPart(access: MapAccess, chunk: number, from: number, count: number, page: number | undefined): void {
    const top = this.top(access, chunk);
    const [before, base] = [this.table(this.words[top]!), this.words[top + 1]!];
    let table = before;
    if (this.words[top]! <= IDENTITY_TABLE) {
      const own = this.free.pop();
      assert(own !== undefined, "memory is mapped in more pieces than there are tables for");
      table = this.table(own);
      before.forEach((n, i) => (table[i] = n + base));
      this.words[top] = own;
      this.words[top + 1] = 0;
    }
    for (let i = 0; i < count; i++) table[from + i] = page === undefined ? NOWHERE : page + i;
    const first = table[0]!;
    const step = first === NOWHERE ? 0 : 1;
    if (table.every((n, i) => n === first + i * step)) this.share(access, chunk, step ? first : undefined);
  }
}

/** The machine's page (i32) behind a physical address (i64) for an access, or -1, where the bus answers. */
export function physicalPage(e: Emitter, low: RoutineLowering, access: MapAccess, pa: Value): Value {
  const { f } = low;
  const chunk = e.wrap(e.shrU(64, pa, MAP_CHUNK_SHIFT));
  const top = e.shl(32, e.and(32, chunk, e.i32(MAP_CHUNKS - 1)), TOP_ENTRY_SHIFT);
  const table = f.load("i32", 32, top, MAP_TOP + PART[access]);
  const base = f.load("i32", 32, top, MAP_TOP + PART[access] + 4);
  const index = e.and(32, e.shrU(32, e.wrap(pa), 12 - 2), e.i32((MAP_CHUNK_PAGES - 1) << 2));
  const page = e.add(32, f.load("i32", 32, e.add(32, table, index), MAP_TABLES), base);
  return e.select(e.ltU(64, pa, e.i64(2 ** PHYSICAL_BITS)), page, e.i32(NOWHERE));
}

/** Whether memory answers there. */
export function isMemory(e: Emitter, page: Value): Value {
  return e.op("i32.ge_s", page, e.i32(0));
}
