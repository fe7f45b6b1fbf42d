import { UserError } from "../../base/index.ts";
import type { DebugView } from "../index.ts";
import { readSlot } from "./debug-state.ts";
import { CR0, CR4, EFER } from "./system-state.ts";

/** Bits of entries. Volume 3, 4.3 to 4.5. */
export const ENTRY = {
  ...{ PRESENT: 1n, WRITABLE: 2n, USER: 4n, PWT: 8n, PCD: 0x10n, ACCESSED: 0x20n, DIRTY: 0x40n, LARGE: 0x80n },
  ...{ GLOBAL: 0x100n, NX: 1n << 63n },
} as const;
const WIDE_FRAME = 0x000f_ffff_ffff_f000n;
const NARROW_FRAME = 0xffff_f000n;

/** A page, or a part of the address space without any. */
interface Mapping {
  readonly address: bigint;
  /** Bytes. */
  readonly size: bigint;
  /** The last entry; what all of them allow, of USER and WRITABLE, with PRESENT: undefined where nothing is mapped. */
  readonly page: { readonly entry: bigint; readonly rights: bigint } | undefined;
}

interface Level {
  /** Of an address. */
  readonly shift: number;
  readonly entries: number;
  readonly large: boolean;
  /** The entry has rights: those of PAE's four have none. */
  readonly allows: boolean;
}

interface Tables {
  readonly entryBytes: 4 | 8;
  readonly frame: bigint;
  readonly root: bigint;
  readonly levels: readonly Level[];
  /** How many were read. */
  count: number;
}

const PAGE_BYTES = 4096;
/** More than 3 GB of RAM in the smallest pages take. Tables that lead to themselves have 2^27 and more. */
const MOST_TABLES = 2048;
const level = (shift: number, entries: number, large: boolean, allows = true): Level => ({
  ...{ shift, entries, large, allows },
});
const DIRECTORY_AND_TABLE = [level(21, 512, true), level(12, 512, false)];

/** undefined: paging is off. */
function tablesOf(view: DebugView): Tables | undefined {
  const has = (slot: "CR0" | "CR4" | "EFER", bit: number): boolean =>
    ((readSlot(view, slot) >> BigInt(bit)) & 1n) === 1n;
  if (!has("CR0", CR0.PG)) return undefined;
  const cr3 = readSlot(view, "CR3");
  if (has("EFER", EFER.LMA)) {
    const levels = [level(39, 512, false), level(30, 512, true), ...DIRECTORY_AND_TABLE];
    return { entryBytes: 8, frame: WIDE_FRAME, root: cr3 & WIDE_FRAME, levels, count: 0 };
  }
  if (has("CR4", CR4.PAE)) {
    const levels = [level(30, 4, false, false), ...DIRECTORY_AND_TABLE];
    return { entryBytes: 8, frame: WIDE_FRAME, root: cr3 & 0xffff_ffe0n, levels, count: 0 };
  }
  const levels = [level(22, 1024, has("CR4", CR4.PSE)), level(12, 1024, false)];
  return { entryBytes: 4, frame: NARROW_FRAME, root: cr3 & NARROW_FRAME, levels, count: 0 };
}

/**
 * All of the address space in order, as the tables map it; undefined: paging is off. No entry is marked. Throws UserError
 * where tables lead to too many.
 */
export function mappings(view: DebugView): Iterable<Mapping> | undefined {
  const tables = tablesOf(view);
  return tables && walk(view, tables, 0, tables.root, 0n, ENTRY.USER | ENTRY.WRITABLE | ENTRY.PRESENT);
}

function* walk(
  view: DebugView,
  tables: Tables,
  depth: number,
  table: bigint,
  base: bigint,
  allowed: bigint,
): Iterable<Mapping> {
  const { entryBytes, frame, levels } = tables;
  if (++tables.count > MOST_TABLES)
    throw new UserError(`there are more than ${MOST_TABLES} page tables: they may lead to themselves`);
  const { allows, entries, large, shift } = levels[depth]!;
  const bytes = readTable(view, table, entries * entryBytes);
  const size = 1n << BigInt(shift);
  for (let n = 0; n < entries; n++) {
    const entry = bytes ? read(bytes, n * entryBytes, entryBytes) : 0n;
    const address = canonical(base | (BigInt(n) << BigInt(shift)), levels.length);
    const rights = allows ? allowed & entry : allowed;
    if ((entry & ENTRY.PRESENT) === 0n) yield { address, size, page: undefined };
    else if (depth + 1 === levels.length || (large && entry & ENTRY.LARGE))
      yield { address, size, page: { entry, rights } };
    else yield* walk(view, tables, depth + 1, entry & frame, base | (BigInt(n) << BigInt(shift)), rights);
  }
}

/** A table lies in one page. */
function readTable(view: DebugView, address: bigint, length: number): DataView | undefined {
  const bytes = view.readPhysical(Number(address), Math.min(length, PAGE_BYTES));
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function read(bytes: DataView, at: number, size: 4 | 8): bigint {
  return size === 8 ? bytes.getBigUint64(at, true) : BigInt(bytes.getUint32(at, true));
}

/** Of four levels the upper half of the address space is at its end. */
function canonical(address: bigint, levels: number): bigint {
  return levels === 4 ? BigInt.asUintN(64, BigInt.asIntN(48, address)) : address;
}
