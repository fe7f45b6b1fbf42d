import type { TranslatedRegion } from "../regions/translation.ts";
import type { FlagsKind, Scanner, Summary } from "./scan.ts";

/** A run of instructions that is entered only at its start. Word indexes in the page. */
export interface Block {
  readonly start: number;
  readonly summaries: readonly Summary[];
  /** What is known of the flags' origin at its start. */
  flagsBefore: FlagsKind;
}

/** What is translated together: the blocks of a page that are reached from an entry by direct branches, or after calls. */
export interface Region {
  /** The page's words. */
  readonly words: Uint32Array;
  /** Starts of blocks that are entered from outside, the one asked for first. */
  readonly entries: readonly number[];
  /** By start, in ascending order. */
  readonly blocks: ReadonlyMap<number, Block>;
  readonly accessesMemory: boolean;
  readonly usesFlags: boolean;
}

/** What a region was made from: words of a page, what they said, and those at which it is entered. */
type Made = Pick<TranslatedRegion, "covered" | "code" | "entries">;

const MAX_INSTRUCTIONS = 500;
export const PAGE_WORDS = 1024;

/**
 * Plans the region at the first of these words of a page, with entries at those of the others that it comes to hold;
 * undefined when its first instruction is not translatable.
 */
export function planRegion(
  scanner: Scanner,
  words: Uint32Array,
  [entry, ...others]: readonly [number, ...number[]],
  /** Words that are worth translating: those that have been executed. */
  wanted: (word: number) => boolean,
): Region | undefined {
  if (!scanner.summary(words[entry]!).translatable) return undefined;
  return divide(scanner, words, explore(scanner, words, entry, others, wanted));
}

/** The region that was made from these words before, with the same entries by the same numbers. */
export function planAgain(scanner: Scanner, { covered, code, entries }: Made): Region {
  const words = new Uint32Array(PAGE_WORDS);
  covered.forEach((word, at) => (words[word] = code[at]!));
  const leaders = new Set(entries);
  for (const at of covered) {
    const { branches } = scanner.summary(words[at]!);
    for (const displacement of branches) leaders.add(at + displacement / 4);
    if (branches.length > 0) leaders.add(at + 1);
  }
  return divide(scanner, words, { reached: new Set(covered), leaders, entries: [...entries] });
}

/** Into blocks. */
function divide(scanner: Scanner, words: Uint32Array, { reached, leaders, entries }: Exploration): Region {
  const blocks = new Map<number, Block>();
  const all: Summary[] = [];
  for (const start of [...leaders].sort((a, b) => a - b)) {
    if (!reached.has(start)) continue;
    const summaries: Summary[] = [];
    for (let at = start; reached.has(at) && (at === start || !leaders.has(at)); at++) {
      const summary = scanner.summary(words[at]!);
      summaries.push(summary);
      if (summary.ends || summary.branches.length > 0) break;
    }
    all.push(...summaries);
    blocks.set(start, { start, summaries, flagsBefore: undefined });
  }
  const region: Region = {
    words,
    entries: entries.filter((start) => blocks.has(start)),
    blocks,
    accessesMemory: all.some((s) => s.accessesMemory),
    usesFlags: all.some((s) => s.usesFlags),
  };
  if (region.usesFlags) followFlags(region);
  return region;
}

interface Exploration {
  readonly reached: ReadonlySet<number>;
  readonly leaders: ReadonlySet<number>;
  readonly entries: readonly number[];
}

function explore(
  scanner: Scanner,
  words: Uint32Array,
  entry: number,
  others: readonly number[],
  wanted: (word: number) => boolean,
): Exploration {
  const reached = new Set<number>();
  const leaders = new Set([entry]);
  const entries = new Set([entry]);
  const waiting = [entry];
  const lead = (word: number): void => {
    if (word < 0 || word >= PAGE_WORDS || leaders.has(word) || !wanted(word)) return;
    leaders.add(word);
    waiting.push(word);
  };
  /** Control comes here from outside: after a call, or an instruction that the interpreter runs. */
  const comeBack = (word: number): void => {
    if (word >= PAGE_WORDS || !wanted(word)) return;
    entries.add(word);
    lead(word);
  };
  while (waiting.length > 0) {
    for (let at = waiting.shift()!; at < PAGE_WORDS && !reached.has(at) && (at === entry || wanted(at)); at++) {
      const summary = scanner.summary(words[at]!);
      if (!summary.translatable) {
        if (!summary.ends || summary.returns) comeBack(at + 1);
        break;
      }
      if (reached.size === MAX_INSTRUCTIONS) {
        // The rest is a region of its own, if it turns out to be worth one.
        break;
      }
      reached.add(at);
      for (const displacement of summary.branches) lead(at + displacement / 4);
      if (summary.returns) comeBack(at + 1);
      if (summary.ends) break;
      if (summary.branches.length > 0) leaders.add(at + 1);
    }
  }
  for (const word of others) {
    if (!reached.has(word)) continue;
    leaders.add(word);
    entries.add(word);
  }
  return { reached, leaders, entries: [...entries] };
}

/** Where a block's control may go inside its page: branches, then the next word. */
export function successors({ start, summaries }: Block): number[] {
  const last = start + summaries.length - 1;
  const { branches, ends } = summaries.at(-1)!;
  const targets = branches.map((displacement) => last + displacement / 4);
  return ends ? targets : [...targets, last + 1];
}

/** Finds what is known of the flags at the start of every block: what all ways to it agree on. */
function followFlags({ blocks, entries }: Region): void {
  const before = new Map<number, FlagsKind>(entries.map((start) => [start, undefined]));
  const waiting = [...entries];
  while (waiting.length > 0) {
    const block = blocks.get(waiting.pop()!)!;
    let kind = before.get(block.start);
    for (const summary of block.summaries) kind = summary.flagsAfter(kind);
    for (const next of successors(block)) {
      if (!blocks.has(next)) continue;
      if (!before.has(next)) before.set(next, kind);
      else if (before.get(next) === undefined || before.get(next) === kind) continue;
      else before.set(next, undefined);
      waiting.push(next);
    }
  }
  for (const block of blocks.values()) block.flagsBefore = before.get(block.start);
}
