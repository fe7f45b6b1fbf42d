import type { LinuxFormat } from "../../machine/index.ts";
import { findOffsets, type Offsets } from "./offsets.ts";
import { SymbolTable } from "./table.ts";
import { readTokens, type Tokens } from "./tokens.ts";

/**
 * Linux's kallsyms tables as the kernel's build lays them out in read-only data, each part aligned to a pointer's size:
 *   (up to 6.3) u32 offsets, relative base (a pointer),
 *   u32 number of symbols, names (a length of one or two bytes, then token numbers), u32 markers (where every
 *   256th name begins), perhaps a 3-byte permutation by name, token table, token index,
 *   (6.4 on) u32 offsets, relative base.
 * Since 7.2 all is aligned to 4 bytes, offsets are from their own places, and there is no base. Only the tokens and the
 * markers have a shape of their own, so the rest is found from them. The bytes are the
 * guest's and may be anything: reads are bounded, and every marker must meet its name before a table is believed.
 */
const NAMES_PER_MARKER = 256;
const LEAST_MARKERS = 4;
const MOST_SYMBOLS = 2_000_000;
/** Of 256 names: each has a length byte and a type at least. */
const SHORTEST_BLOCK = 2 * NAMES_PER_MARKER;
const LONGEST_BLOCK = 128 * NAMES_PER_MARKER;

export interface KallsymsTables {
  /** With base 0. */
  readonly table: SymbolTable;
  /** Where the names begin in the bytes. */
  readonly namesAt: number;
  readonly pointer: Pointer;
}

/** What tells where the kernel runs: the base, or, where none is stored, another pointer of which one knows where to it leads. */
interface Pointer {
  /** Where it stands in the bytes. */
  readonly at: number;
  readonly bytes: number;
  /** How far it points behind the base. */
  readonly behind: bigint;
}

/** The tables whose token table has its digits at `digits`. */
export function readTables(bytes: Uint8Array, digits: number, linux?: LinuxFormat): KallsymsTables | undefined {
  const tokens = readTokens(bytes, digits);
  if (!tokens) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lowest = Math.max(0, tokens.start - 3 * MOST_SYMBOLS);
  for (let at = tokens.start - (tokens.start % 4) - 4; at >= lowest; at -= 4) {
    if (view.getUint32(at, true) !== 0) continue;
    const markers = readMarkers(view, at, tokens.start);
    const found = markers.length >= LEAST_MARKERS && findNames(view, bytes, at, markers, tokens, linux);
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

/** The number of symbols stands right before the names, as large as a pointer, and names and markers must agree. */
function findNames(
  view: DataView,
  bytes: Uint8Array,
  namesEnd: number,
  markers: readonly number[],
  tokens: Tokens,
  linux: LinuxFormat | undefined,
): KallsymsTables | undefined {
  const latest = namesEnd - markers.at(-1)!;
  const earliest = Math.max(latest - LONGEST_BLOCK, 8);
  for (let start = latest - (latest % 4); start >= earliest; start -= 4) {
    const pointerBytes = view.getUint32(start - 4, true) === 0 ? 8 : 4;
    const countAt = start - pointerBytes;
    const count = view.getUint32(countAt, true);
    if (Math.ceil(count / NAMES_PER_MARKER) !== markers.length) continue;
    const list = readNames(bytes, start, namesEnd, count, markers, tokens.text);
    const found = list && findOffsets(view, { count, countAt, tokensEnd: tokens.end, pointerBytes });
    if (!found) continue;
    const table = new SymbolTable(0n, found.offsets, list.names.slice(found.perCpu), list.types.slice(found.perCpu));
    const pointer = findPointer(table, found.base, pointerBytes, linux);
    if (pointer) return { table, namesAt: start, pointer };
  }
  return undefined;
}

function findPointer(
  table: SymbolTable,
  base: Offsets["base"],
  bytes: number,
  linux: LinuxFormat | undefined,
): Pointer | undefined {
  if ("pointerAt" in base) return { at: base.pointerAt, bytes, behind: 0n };
  if (!linux?.knownPointer) return undefined;
  const { at, to } = linux.knownPointer;
  const [place, behind] = [table.find(at), table.find(to)];
  if (place === undefined || behind === undefined) return undefined;
  return { at: base.contentAt + Number(place), bytes: linux.bits / 8, behind };
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
