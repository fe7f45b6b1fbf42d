import { SymbolTable } from "./table.ts";
import { alignUp, readTokens, type Tokens } from "./tokens.ts";

/**
 * Linux's kallsyms tables as the kernel's build lays them out in read-only data, each part aligned to 8 bytes:
 *   (6.1) u32 offsets, u64 relative base,
 *   u32 number of symbols, names (a length of one or two bytes, then token numbers), u32 markers (where every
 *   256th name begins), perhaps a 3-byte permutation by name, token table, token index,
 *   (since 6.4) u32 offsets, u64 relative base.
 * Only the tokens and the markers have a shape of their own, so the rest is found from them. The bytes are the
 * guest's and may be anything: reads are bounded, and every marker must meet its name before a table is believed.
 */
const NAMES_PER_MARKER = 256;
const LEAST_MARKERS = 4;
const MOST_SYMBOLS = 2_000_000;
/** Of 256 names: each has a length byte and a type at least. */
const SHORTEST_BLOCK = 2 * NAMES_PER_MARKER;
const LONGEST_BLOCK = 128 * NAMES_PER_MARKER;

export interface KallsymsTables {
  /** With base 0: see `baseOffset`. */
  readonly table: SymbolTable;
  /** Where the u64 relative base stands in the bytes. */
  readonly baseOffset: number;
}

/** The tables whose token table has its digits at `digits`. `absolutePerCpu`: LinuxFormat's. */
export function readTables(bytes: Uint8Array, digits: number, absolutePerCpu: boolean): KallsymsTables | undefined {
  const tokens = readTokens(bytes, digits);
  if (!tokens) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lowest = Math.max(0, tokens.start - 3 * MOST_SYMBOLS);
  for (let at = alignUp(tokens.start, 8) - 8; at >= lowest; at -= 8) {
    if (view.getUint32(at, true) !== 0) continue;
    const markers = readMarkers(view, at, tokens.start);
    const found = markers.length >= LEAST_MARKERS && findNames(view, bytes, at, markers, tokens, absolutePerCpu);
    if (found) return found;
  }
  return undefined;
}

/** Rising from 0 by the size of 256 names. */
function readMarkers(view: DataView, start: number, end: number): number[] {
  const markers = [0];
  for (let at = start + 4; at + 4 <= end; at += 4) {
    const value = view.getUint32(at, true);
    const step = value - markers.at(-1)!;
    if (step < SHORTEST_BLOCK || step > LONGEST_BLOCK) break;
    markers.push(value);
  }
  return markers;
}

/** The number of symbols stands 8 bytes before the names, and names and markers must agree. */
function findNames(
  view: DataView,
  bytes: Uint8Array,
  namesEnd: number,
  markers: readonly number[],
  tokens: Tokens,
  absolutePerCpu: boolean,
): KallsymsTables | undefined {
  const latest = namesEnd - markers.at(-1)!;
  const earliest = Math.max(latest - LONGEST_BLOCK, 8);
  for (let start = latest - (latest % 8); start >= earliest; start -= 8) {
    const count = view.getUint32(start - 8, true);
    if (Math.ceil(count / NAMES_PER_MARKER) !== markers.length || view.getUint32(start - 4, true) !== 0) continue;
    const list = readNames(bytes, start, namesEnd, count, markers, tokens.text);
    if (!list) continue;
    const offsetBytes = alignUp(4 * count, 8);
    for (const offsetsStart of [start - 16 - offsetBytes, alignUp(tokens.end, 8)]) {
      const offsets = readOffsets(view, offsetsStart, count, absolutePerCpu);
      if (!offsets) continue;
      const perCpu = count - offsets.length;
      const table = new SymbolTable(0n, offsets, list.names.slice(perCpu), list.types.slice(perCpu));
      return { table, baseOffset: offsetsStart + offsetBytes };
    }
  }
  return undefined;
}

/** From the base; those of per-CPU data, which stand first and are no addresses, are left out. */
function readOffsets(view: DataView, start: number, count: number, absolutePerCpu: boolean): Uint32Array | undefined {
  if (start < 0 || start + 4 * count + 8 > view.byteLength) return undefined;
  const stored = Array.from({ length: count }, (_, i) => view.getUint32(start + 4 * i, true));
  const perCpu = absolutePerCpu ? stored.findIndex(isBackwards) : 0;
  if (perCpu < 0 || !rises(stored.slice(0, perCpu))) return undefined;
  const others = stored.slice(perCpu);
  if (absolutePerCpu && !others.every(isBackwards)) return undefined;
  // -1 - offset.
  const offsets = Uint32Array.from(others, (value) => (absolutePerCpu ? ~value : value));
  // Zeros rise too.
  return rises(offsets) && offsets.at(-1)! > 0 ? offsets : undefined;
}

/** A negative number. */
const isBackwards = (value: number): boolean => value >= 2 ** 31;

function rises(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) return false;
  return true;
}

function readNames(
  bytes: Uint8Array,
  start: number,
  namesEnd: number,
  count: number,
  markers: readonly number[],
  tokens: readonly string[],
): { names: string[]; types: string } | undefined {
  const names: string[] = [];
  let types = "";
  let at = start;
  for (let i = 0; i < count; i++) {
    if (i % NAMES_PER_MARKER === 0 && at - start !== markers[i / NAMES_PER_MARKER]) return undefined;
    let length = bytes[at++]!;
    if (length & 0x80) length = (length & 0x7f) | (bytes[at++]! << 7);
    const end = at + length;
    if (length === 0 || end > namesEnd) return undefined;
    let text = "";
    for (; at < end; at++) text += tokens[bytes[at]!]!;
    types += text[0] ?? "?";
    names.push(text.slice(1));
  }
  return { names, types };
}
