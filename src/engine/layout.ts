import { assert } from "../base/index.ts";

/**
 * Where things lie in the one linear memory that generated code and TypeScript share, in their order: each begins where the
 * one before it ends. Addresses are constants of the generated code.
 *
 * State is the block of the CPU in place, of ENGINE what its comments say, and the machine's memory at the end. All else is
 * cache, counters or scratch.
 */

const KB = 1024;
const MB = 1024 * KB;
const PAGE_BYTES = 4096;

/** Pages of the machine that the tables below have room for (3.6 GB): RAM, ROM, video memory. */
export const MAX_PAGES = 928 * 1024;
/** RAM that a machine can have beside 128 MB of other memory. */
export const MAX_RAM_BYTES = MAX_PAGES * PAGE_BYTES - 128 * MB;

/** Nothing lies at address 0. */
let end = PAGE_BYTES;

/** The next area: whole pages. */
function area(bytes: number): number {
  const start = end;
  end += Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  return start;
}

/** The state block of the CPU in place (isa/state.ts). */
export const STATE = area(PAGE_BYTES);

/** Why a region is left: the first three before an instruction, the last one for another region, all others for the interpreter. */
export const EXITS = ["budget", "memory", "exception", "page", "jump", "region"] as const;
export type RegionExit = (typeof EXITS)[number];

/** Banks of the software TLB. */
export const BANKS = 16;

const [I32, I64] = [4, 8];

/** Variables one behind the other, each at a multiple of its size or of 8: their addresses by name. */
function variables<K extends string>(start: number, sizes: Readonly<Record<K, number>>): Readonly<Record<K, number>> {
  let next = start;
  const entries = Object.entries<number>(sizes).map(([name, size]) => {
    const at = Math.ceil(next / Math.min(size, I64)) * Math.min(size, I64);
    next = at + size;
    return [name, at];
  });
  assert(next <= start + PAGE_BYTES, "the engine's variables are one page");
  return Object.fromEntries(entries) as Record<K, number>;
}

/** The engine's own variables. */
export const ENGINE = variables(area(PAGE_BYTES), {
  /** State: the position at which the budget reaches zero. position = deadline - budget. */
  deadline: I64,
  /** State: virtual ns idled away so far. */
  idleNs: I64,
  /** Address of the instruction at code address `ip` is pcBias + (ip >> 1). */
  pcBias: I64,
  /** High half of a 128-bit slow load. */
  high: I64,
  /** position << clockShift is the running time in ns. */
  clockShift: I64,
  /** State, with `deadline`: steps left; saved here while not in a handler. */
  budget: I32,
  /** Code address of the instruction in execution; saved before anything outside its handler runs. */
  ip: I32,
  /** The TLB tables in use for the current privilege, and those of the unprivileged level. */
  tlb: I32,
  userTlb: I32,
  /** FAULT_*; why a slow access did not complete. */
  fault: I32,
  /** An interrupt line of the CPU in place is raised. Follows from the devices' state. */
  interruptLine: I32,
  /** The last step of the CPU in place was a WFI. There is no state inside an idle. */
  waiting: I32,
  /** EXIT_*; why the interpreter returned before its budget was spent. */
  exit: I32,
  /** Privilege in use; 0 = unprivileged. */
  privilege: I32,
  /** Index of the TLB bank in use, and of the next one to be replaced. */
  bank: I32,
  nextBank: I32,
  /** Something was cached since the last flush. */
  filled: I32,
  /** Stands in bits 2 to 11 of every TLB tag that is valid. A flush counts it up. */
  generation: I64,
  /** The position to run on to after a step that only had to be followed by a look at the mapping; 0: none. */
  goOnTo: I64,
  /** Slow accesses ask the host: 1 where one range is watched, else 2; 0: nothing is. */
  watching: I32,
  /** 0 where the state has the guest's flags; else a region left what they come from: its kind and 1, and its operands. */
  flagsKind: I32,
  flagsA: I64,
  flagsB: I64,
  /** The first and the last address near anything that is watched. */
  watchedFirst: I64,
  watchedLast: I64,
  /** i64 each: the address-space key of each bank; i32 each: whether it holds anything. */
  bankKeys: I64 * BANKS,
  bankValid: I32 * BANKS,
  /** Steps made in translated code; i64 each: how often a region was left, by reason. */
  translatedSteps: I64,
  exits: I64 * EXITS.length,
  /** 1 where a debugger has breakpoints: what is fetched anew asks for them before it is walked. */
  asks: I32,
});

export const FAULT_NONE = 0;
/** An exception was taken; the state's pc is at the vector. The step is over. */
export const FAULT_EXCEPTION = 1;
/** The access is watched; it was not made and the step has not happened. */
export const FAULT_WATCH = 2;

export const EXIT_BUDGET = 0;
export const EXIT_BREAKPOINT = 1;
export const EXIT_WATCHPOINT = 2;

/** Pages looked up since they were last asked for: a bit per hash of a virtual page, in a part for each of ACCESS_READ, WRITE and FETCH. */
export const FOOTPRINT_BITS = 16;
export const FOOTPRINT_PART = 2 ** FOOTPRINT_BITS / 8;
export const FOOTPRINT_BYTES = 3 * FOOTPRINT_PART;
export const FOOTPRINT = area(FOOTPRINT_BYTES);

/** Tables of `derive`: 8 bytes an entry. */
const TABLES_BYTES = MB;
export const TABLES = area(TABLES_BYTES);
export const TABLES_END = TABLES + TABLES_BYTES;

/** Software TLB: per bank and privilege three direct-mapped tables of { tag i64 = page | generation, value i32, unused i32 }. */
export const TLB_ENTRIES = 1024;
export const TLB_ENTRY_BYTES = 16;
/** An address shifted right by this has the entry's offset in the table. */
export const TLB_INDEX_SHIFT = 12 - 4;
export const TLB_TABLE_BYTES = TLB_ENTRIES * TLB_ENTRY_BYTES;
export const TLB_READ = 0;
export const TLB_WRITE = TLB_TABLE_BYTES;
export const TLB_FETCH = 2 * TLB_TABLE_BYTES;
export const TLB_PRIVILEGE_BYTES = 3 * TLB_TABLE_BYTES;
export const TLB_BANK_BYTES = 2 * TLB_PRIVILEGE_BYTES;
export const TLBS = area(BANKS * TLB_BANK_BYTES);
export const LAST_GENERATION = 0xff8;
/** The bits of a tag that hold it. */
export const GENERATIONS = 0xffc;

/** A byte of these per page. */
export const PAGE_FLAGS = area(MAX_PAGES);
/** Written in this snapshot epoch, and since somebody shows it. */
export const PAGE_IS_DIRTY = 1;
/** Has predecoded code. */
export const PAGE_HAS_CODE = 2;
/** Was read by a cached page walk. */
export const PAGE_WAS_WALKED = 4;
/** Some of its code is translated. */
export const PAGE_HAS_REGIONS = 8;
/** Four bits that count stores since the last walk: a page of page tables that is written so often is none any more. */
export const PAGE_STORE = 16;
export const PAGE_STORES = 15 * PAGE_STORE;

/** An i64 per page that was walked: see `loadDescriptor` in page-walk.ts. */
export const WALKS = area(8 * MAX_PAGES);

/** The physical map (physical-map.ts), in chunks of 16 MB: 16 bytes each, and tables of an i32 per page. */
export const MAP_CHUNK_SHIFT = 24;
export const MAP_CHUNK_PAGES = 2 ** (MAP_CHUNK_SHIFT - 12);
export const PHYSICAL_BITS = 40;
export const MAP_CHUNKS = 2 ** (PHYSICAL_BITS - MAP_CHUNK_SHIFT);
export const MAP_TABLE_BYTES = 4 * MAP_CHUNK_PAGES;
const MAP_TABLES_BYTES = 512 * MAP_TABLE_BYTES;
export const MAP_TOP = area(16 * MAP_CHUNKS);
export const MAP_TABLES = area(MAP_TABLES_BYTES);
export const MAP_TABLES_END = MAP_TABLES + MAP_TABLES_BYTES;

/** An i32 per page: address of its predecoded code, or 0. */
export const CODE_INDEX = area(4 * MAX_PAGES);

/**
 * Predecoded pages: 1,024 entries of { handler u16, times reached u16, instruction word u32 } and one that leads to the next
 * page. Where the handler is a translated region, the second is the number of the region's entry.
 */
export const CODE_ENTRY_BYTES = 8;
export const CODE_PAGE_BYTES = 1024 * CODE_ENTRY_BYTES + CODE_ENTRY_BYTES;
export const CODE_PAGES = 4096;
export const CODE = area(CODE_PAGES * CODE_PAGE_BYTES);
/** From an entry to the u16 that tells its instruction's own handler, whatever the entry names; valid while that is not 0. */
export const OWN_HANDLER = area(CODE_PAGES * CODE_PAGE_BYTES) - CODE;

/** An i64 per predecoded page: the virtual page that last led to it, with bit 0 set; 0: none did. */
export const FETCHED = area(8 * CODE_PAGES);

/** A bit per word of each predecoded page: its translation depends on the word. The gate reads 4 bytes from any of them on. */
export const COVERED_PAGE_BYTES = 1024 / 8;
export const COVERED = area(CODE_PAGES * COVERED_PAGE_BYTES + 4);

/** What hashBlock writes. */
export const HASH_SCRATCH = area(16);

/** The machine's pages. */
export const RAM = area(0);

/** Handlers that every guest has, before those of its instructions. */
export const HANDLER_DECODE = 0;
export const HANDLER_PAGE_END = 1;
export const HANDLER_BREAKPOINT = 2;
export const HANDLER_UNDEFINED = 3;
export const FIRST_HANDLER = 4;

/** Functions that an entry can name: handlers first, then translated regions. */
export const HANDLER_SLOTS = 32768;
/** Branches to an entry after which it is asked to be translated, and so many later again, more urgently. A power of two. */
export const HOT_COUNT = 2048;

assert(RAM + MAX_PAGES * PAGE_BYTES <= 2 ** 32, "a machine's memory is in reach");
