import { assert } from "../base/index.ts";

/**
 * Where things lie in the one linear memory that the CPU's Wasm code and TypeScript share.
 * Of what lies below RAM, the state block is the guest's state, and ENGINE has some of the clock's (`idleNs`, and `deadline` with
 * `budget`, which are the position); the rest is cache or scratch. Addresses are constants of the generated code.
 */

const KB = 1024;
const MB = 1024 * KB;

/** The guest's state block (isa/state.ts), one page. */
export const STATE = 0x1000;

/** The engine's own variables. */
export const ENGINE = {
  /** i64: the position at which the budget reaches zero. position = deadline - budget. */
  deadline: 0x2000,
  /** i64: virtual ns idled away so far. */
  idleNs: 0x2008,
  /** i64: address of the instruction at code address `ip` is pcBias + (ip >> 1). */
  pcBias: 0x2010,
  /** i64: high half of a 128-bit slow load. */
  high: 0x2018,
  /** i64: position << clockShift is the running time in ns. */
  clockShift: 0x2020,
  /** i32: steps left; saved here while not in a handler. */
  budget: 0x2028,
  /** i32: code address of the instruction in execution; saved before anything outside its handler runs. */
  ip: 0x202c,
  /** i32: the TLB tables in use for the current privilege, and those of the unprivileged level. */
  tlb: 0x2030,
  userTlb: 0x2034,
  /** i32: FAULT_*; why a slow access did not complete. */
  fault: 0x2038,
  /** i32: an interrupt line is raised. */
  interruptLine: 0x203c,
  /** i32: the last step was a WFI. */
  waiting: 0x2040,
  /** i32: EXIT_*; why the interpreter returned before its budget was spent. */
  exit: 0x2044,
  /** i32: privilege in use; 0 = unprivileged. */
  privilege: 0x2048,
  /** i32: index of the TLB bank in use, and of the next one to be replaced. */
  bank: 0x204c,
  nextBank: 0x2050,
  /** i32: something was cached since the last flush. */
  filled: 0x2054,
  /** i64: stands in bits 2 to 11 of every TLB tag that is valid. A flush counts it up. */
  generation: 0x2068,
  /** i64: the position to run on to after a step that only had to be followed by a look at the mapping; 0: none. */
  goOnTo: 0x2070,
  /** i32: slow accesses ask the host: 1 where one range is watched, else 2; 0: nothing is. */
  watching: 0x205c,
  /** i64: the first and the last address near anything that is watched. */
  watchedFirst: 0x2248,
  watchedLast: 0x2250,
  /** i64 × BANKS: the address-space key of each bank; i32 × BANKS: whether it holds anything. */
  bankKeys: 0x2080,
  bankValid: 0x2180,
  /** i32: 0 where the state has the guest's flags; else a region left what they come from: its kind and 1, and its operands (i64). */
  flagsKind: 0x2258,
  flagsA: 0x2260,
  flagsB: 0x2268,
  /** i64: steps made in translated code; i64 × EXITS: how often a region was left, by reason. */
  translatedSteps: 0x2200,
  exits: 0x2208,
} as const;

export const FAULT_NONE = 0;
/** An exception was taken; the state's pc is at the vector. The step is over. */
export const FAULT_EXCEPTION = 1;
/** The access is watched; it was not made and the step has not happened. */
export const FAULT_WATCH = 2;

/** Why a region is left: the first three before an instruction, the last one for another region, all others for the interpreter. */
export const EXITS = ["budget", "memory", "exception", "page", "jump", "region"] as const;
export type RegionExit = (typeof EXITS)[number];

export const EXIT_BUDGET = 0;
export const EXIT_BREAKPOINT = 1;
export const EXIT_WATCHPOINT = 2;

/** Software TLB: per bank and privilege three direct-mapped tables of { tag i64 = page | generation, value i32, unused i32 }. */
export const BANKS = 16;
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
export const LAST_GENERATION = 0xff8;
/** The bits that hold it. */
export const GENERATIONS = 0xffc;
export const TLBS = 76 * MB;

/** Pages looked up since they were last asked for: a bit per hash of a virtual page, in a part for each of ACCESS_READ, WRITE and FETCH. */
export const FOOTPRINT = 64 * KB;
export const FOOTPRINT_BITS = 16;
export const FOOTPRINT_PART = 2 ** FOOTPRINT_BITS / 8;
export const FOOTPRINT_BYTES = 3 * FOOTPRINT_PART;
/** An i64 per predecoded page: the virtual page that last led to it, with bit 0 set; 0: none did. */
export const FETCHED = 128 * KB;

/** Tables of `derive`: 8 bytes an entry. */
export const TABLES = 1 * MB;
export const TABLES_END = 2 * MB;

/** Pages of the machine that the fixed tables below have room for (3.6 GB): RAM, ROM, video memory. */
export const MAX_PAGES = 928 * 1024;

/** A byte of PAGE_IS_* per page. */
export const PAGE_FLAGS = 2 * MB;
/** An i32 per page: address of its predecoded code, or 0. */
export const CODE_INDEX = 3 * MB;

/** Written in this snapshot epoch. */
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

/**
 * Predecoded pages: 1,024 entries of { handler u16, times reached u16, instruction word u32 } and one that leads to the next
 * page. Where the handler is a translated region, the second is the number of the region's entry.
 */
export const CODE = 7 * MB;
export const CODE_ENTRY_BYTES = 8;
export const CODE_PAGE_BYTES = 1024 * CODE_ENTRY_BYTES + CODE_ENTRY_BYTES;
export const CODE_PAGES = 4096;
/** From an entry to the u16 that tells its instruction's own handler, whatever the entry names; valid while that is not 0. */
export const OWN_HANDLER = 34 * MB;

/** Scratch for hashing and the hash input buffer. */
export const HASH_SCRATCH = 75 * MB;

/** A bit per word of each predecoded page: its translation depends on the word. */
export const COVERED = HASH_SCRATCH + 64 * KB;
export const COVERED_PAGE_BYTES = 1024 / 8;

/** An i64 per page that was walked: see `loadDescriptor` in tlb.ts. */
export const WALKS = 78 * MB;

/** The physical map (physical-map.ts), in chunks of 16 MB: 16 bytes each, and tables of an i32 per page. */
export const MAP_CHUNK_SHIFT = 24;
export const MAP_CHUNK_PAGES = 2 ** (MAP_CHUNK_SHIFT - 12);
export const MAP_CHUNKS = 2 ** (40 - MAP_CHUNK_SHIFT);
export const MAP_TABLE_BYTES = 4 * MAP_CHUNK_PAGES;
export const MAP_TOP = 86 * MB;
export const MAP_TABLES = 87 * MB;
export const MAP_TABLES_END = 95 * MB;

/** The machine's pages. */
export const RAM = 96 * MB;
/** RAM that a machine can have beside 128 MB of other memory. */
export const MAX_RAM_BYTES = MAX_PAGES * 4096 - 128 * MB;

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

assert(TLBS + BANKS * TLB_BANK_BYTES <= WALKS, "TLB banks overlap what was walked");
assert(WALKS + 8 * MAX_PAGES <= MAP_TOP, "what was walked overlaps the physical map");
assert(MAP_TOP + 16 * MAP_CHUNKS <= MAP_TABLES, "the physical map overlaps its tables");
assert(CODE_PAGES * CODE_PAGE_BYTES <= OWN_HANDLER, "predecoded pages overlap their own handlers");
assert(COVERED + CODE_PAGES * COVERED_PAGE_BYTES + 4 <= TLBS, "covered words overlap the TLB");
assert(FETCHED + 8 * CODE_PAGES <= TABLES, "virtual pages of code overlap tables");
assert(CODE + 2 * OWN_HANDLER <= HASH_SCRATCH, "own handlers overlap what follows");
assert(PAGE_FLAGS + MAX_PAGES <= CODE_INDEX, "flags of pages overlap the code index");
assert(CODE_INDEX + 4 * MAX_PAGES <= CODE, "the code index overlaps the code");
