import { assert } from "../../base/index.ts";
import { CODE, HASH_SCRATCH } from "../layout.ts";

/**
 * Predecoded code of a guest whose instructions have many lengths, in the place of the words' pages: a map from offsets
 * to entries for each page in each mode, then a pool of entries in the order in which they were decoded.
 */

/** A page in a mode. */
export const RUN_PAGE = {
  /** i32: the same page in another mode, or 0. CODE_INDEX has the first one. */
  next: 0,
  /** i32 */
  mode: 4,
  /** i32: number of the page. */
  page: 8,
  /** i64: the virtual page that last led here, with bit 0 set; 0: none did. */
  fetched: 16,
  /** i32 × 4096: the entry of the instruction that begins at an offset, or 0. */
  entries: 32,
  /** A bit per byte: a translation depends on it. */
  covered: 32 + 4 * 4096,
} as const;
export const RUN_PAGE_BYTES = RUN_PAGE.covered + 4096 / 8;
/** So many at a time. */
export const RUN_PAGES = 2048;

/** Entries follow each other as instructions do; where the next one is elsewhere or not decoded yet, one without length leads there. */
export const RUN_ENTRY = {
  /** u16 each; as in all forms. */
  handler: 0,
  times: 2,
  /** u16: the instruction's own handler. */
  own: 4,
  /** u16: offset in the page; 4096 and more in what leads to the next page. */
  offset: 6,
  /** u8: bytes of the instruction; 0: none. */
  length: 8,
  /** i32 × RUN_FIELD_WORDS */
  fields: 12,
} as const;
export const RUN_ENTRY_BYTES = 24;
export const RUN_POOL = CODE + RUN_PAGES * RUN_PAGE_BYTES;
export const RUN_POOL_END = HASH_SCRATCH;

/** Variables of the engine. */
export const RUN_ENGINE = {
  /** i32: the page in execution, in its mode. */
  code: 0x2f00,
  /** i32: mode in which instructions are decoded. */
  mode: 0x2f04,
  /** i32 × BANKS: the mode that a bank of the TLB belongs to. */
  bankModes: 0x2f40,
  /** An instruction that straddles a page, decoded for one step, and the entry behind it. */
  straddler: 0x2fa0,
} as const;

/** What decoding gives instead of an entry. */
export const STRADDLES = 0;
/** There was no room: all code is gone, also the page in execution. */
export const EMPTIED = -1;

assert(RUN_ENGINE.straddler + 2 * RUN_ENTRY_BYTES <= 0x3000, "the straddler overlaps what follows");
assert(RUN_PAGE_BYTES % 8 === 0 && RUN_POOL % 8 === 0, "alignment of predecoded runs");
