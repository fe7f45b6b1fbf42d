import { SymbolTable } from "./table.ts";
import { alignUp, readTokens } from "./tokens.ts";

/**
 * Linux's kallsyms tables as the kernel's build lays them out in read-only data (6.1), each part aligned to 8 bytes:
 * u32 offsets, u64 relative base, u32 number of symbols, names (a length of one or two bytes, then token
 * numbers), u32 markers (where every 256th name begins), token table, token index. Only the last two have a shape
 * of their own, so the rest is found backwards from them. The bytes are the guest's and may be anything: reads are
 * bounded, and every marker must meet its name before a table is believed.
 */
const NAMES_PER_MARKER = 256;
const MOST_SYMBOLS = 2_000_000;
const LONGEST_NAMES_TAIL = NAMES_PER_MARKER * 128;

export interface KallsymsTables {
  /** With base 0: see `baseOffset`. */
  readonly table: SymbolTable;
  /** Where the u64 relative base stands in the bytes. */
  readonly baseOffset: number;
}

/** The tables whose token table has its digits at `digits`. */
export function readTables(bytes: Uint8Array, digits: number): KallsymsTables | undefined {
  const tokens = readTokens(bytes, digits);
  if (!tokens) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const markers = readMarkers(view, tokens.start);
  return markers && findNames(view, bytes, markers, tokens.text);
}

interface Markers {
  readonly start: number;
  readonly values: readonly number[];
}

/** Rising from 0, read backwards; up to 7 bytes of padding follow them. */
function readMarkers(view: DataView, end: number): Markers | undefined {
  let at = end - 4;
  if (at >= 0 && view.getUint32(at, true) === 0) at -= 4;
  const values: number[] = [];
  for (let above = Infinity; at >= 0; at -= 4) {
    const value = view.getUint32(at, true);
    if (value >= above) return undefined;
    values.push(value);
    if (value === 0) return { start: at, values: values.reverse() };
    if (values.length * NAMES_PER_MARKER > MOST_SYMBOLS) return undefined;
    above = value;
  }
  return undefined;
}

/** The number of symbols stands 8 bytes before the names, and names and markers must agree. */
function findNames(
  view: DataView,
  bytes: Uint8Array,
  markers: Markers,
  tokens: readonly string[],
): KallsymsTables | undefined {
  const fullBlocks = markers.values.length - 1;
  const latest = markers.start - markers.values[fullBlocks]!;
  const earliest = Math.max(latest - LONGEST_NAMES_TAIL, 16);
  for (let names = latest - (latest % 8); names >= earliest; names -= 8) {
    const count = view.getUint32(names - 8, true);
    if (Math.ceil(count / NAMES_PER_MARKER) !== fullBlocks + 1 || view.getUint32(names - 4, true) !== 0) continue;
    const baseOffset = names - 16;
    const offsetsStart = baseOffset - alignUp(4 * count, 8);
    if (offsetsStart < 0) continue;
    const list = readNames(bytes, names, count, markers, tokens);
    if (!list) continue;
    const offsets = new Uint32Array(count);
    for (let i = 0; i < count; i++) offsets[i] = view.getUint32(offsetsStart + 4 * i, true);
    if (offsets.some((offset, i) => i > 0 && offset < offsets[i - 1]!)) continue;
    return { table: new SymbolTable(0n, offsets, list.names, list.types), baseOffset };
  }
  return undefined;
}

function readNames(
  bytes: Uint8Array,
  start: number,
  count: number,
  markers: Markers,
  tokens: readonly string[],
): { names: string[]; types: string } | undefined {
  const names: string[] = [];
  let types = "";
  let at = start;
  for (let i = 0; i < count; i++) {
    if (i % NAMES_PER_MARKER === 0 && at - start !== markers.values[i / NAMES_PER_MARKER]) return undefined;
    let length = bytes[at++]!;
    if (length & 0x80) length = (length & 0x7f) | (bytes[at++]! << 7);
    const end = at + length;
    if (length === 0 || end > markers.start) return undefined;
    let text = "";
    for (; at < end; at++) text += tokens[bytes[at]!]!;
    types += text[0] ?? "?";
    names.push(text.slice(1));
  }
  return { names, types };
}
