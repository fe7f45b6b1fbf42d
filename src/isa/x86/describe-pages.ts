import { hexDigits } from "../../base/index.ts";
import type { DebugView } from "../index.ts";
import { readSlot } from "./debug-state.ts";
import { ENTRY, mappings } from "./page-tables.ts";
import { CR4, EFER } from "./system-state.ts";

const OFF = "PG disabled\n";

/** What QEMU's `info mem` shows: stretches of pages with the same rights. */
export function describeMemory(view: DebugView): string {
  const all = mappings(view);
  if (!all) return OFF;
  const lines: string[] = [];
  let start = 0n;
  let end = 0n;
  let rights: bigint | undefined;
  for (const { address, page, size } of all) {
    if (page?.rights !== rights) {
      if (rights !== undefined) lines.push(stretch(start, end, rights));
      start = address;
      rights = page?.rights;
    }
    end = address + size;
  }
  if (rights !== undefined) lines.push(stretch(start, end, rights));
  return lines.join("");
}

function stretch(start: bigint, end: bigint, rights: bigint): string {
  const [from, to, length] = [start, end, end - start].map((value) => hexDigits(BigInt.asUintN(64, value), 16));
  return `${from}-${to} ${length} ${rights & ENTRY.USER ? "u" : "-"}r${rights & ENTRY.WRITABLE ? "w" : "-"}\n`;
}

const LETTERS: readonly (readonly [bigint, string])[] = [
  [ENTRY.NX, "X"],
  [ENTRY.GLOBAL, "G"],
  [ENTRY.LARGE, "P"],
  [ENTRY.DIRTY, "D"],
  [ENTRY.ACCESSED, "A"],
  [ENTRY.PCD, "C"],
  [ENTRY.PWT, "T"],
  [ENTRY.USER, "U"],
  [ENTRY.WRITABLE, "W"],
];

/** What QEMU's `info tlb` shows: each page, and its last entry. */
export function describeTlb(view: DebugView): string {
  const all = mappings(view);
  if (!all) return OFF;
  const masks = masksOf(view);
  let text = "";
  for (const { address, page, size } of all)
    if (page) text += pageLine(address, page.entry, size > SMALL ? masks.large(size) : masks.small, size > SMALL);
  return text;
}

const SMALL = 4096n;
const LONG_FRAME = 0x0003_ffff_ffff_f000n;

/** What is shown of an entry as where its page is: in PAE NX, too, and a bit more of large pages of 32 bits. */
function masksOf(view: DebugView): { readonly small: bigint; large(size: bigint): bigint } {
  const has = (slot: "CR4" | "EFER", bit: number): boolean => ((readSlot(view, slot) >> BigInt(bit)) & 1n) === 1n;
  if (has("EFER", EFER.LMA)) return { small: LONG_FRAME, large: (size) => LONG_FRAME & -size };
  if (has("CR4", CR4.PAE)) return { small: -SMALL, large: (size) => -size };
  return { small: -SMALL, large: (size) => -size / 2n };
}

/** A small page has PAT where a large one says that it is one. */
function pageLine(address: bigint, entry: bigint, mask: bigint, isLarge: boolean): string {
  const letters = LETTERS.map(([bit, letter]) => (entry & bit && (isLarge || bit !== ENTRY.LARGE) ? letter : "-"));
  return `${hexDigits(address, 16)}: ${hexDigits(entry & mask, 16)} ${letters.join("")}\n`;
}
