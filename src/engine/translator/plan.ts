import type { Scanner, Summary } from "./scan.ts";

/** A run of instructions that is entered only at its start. Word indexes in the page. */
export interface Block {
  readonly start: number;
  readonly summaries: readonly Summary[];
}

/** What is translated together: the blocks that direct branches reach from an entry inside its page. */
export interface Region {
  readonly entry: number;
  /** The page's words. */
  readonly words: Uint32Array;
  readonly blocks: ReadonlyMap<number, Block>;
  readonly registers: ReadonlySet<number>;
  readonly written: ReadonlySet<number>;
  /** Where the interpreter comes back from an instruction that it had to run: worth a region of their own. */
  readonly continuations: readonly number[];
}

const MAX_INSTRUCTIONS = 300;
const PAGE_WORDS = 1024;

/** Plans the region at a word of a page; undefined when its first instruction is not translatable. */
export function planRegion(scanner: Scanner, words: Uint32Array, entry: number): Region | undefined {
  if (!scanner.summary(words[entry]!).translatable) return undefined;
  const { reached, leaders, continuations } = explore(scanner, words, entry);
  const blocks = new Map<number, Block>();
  const registers = new Set<number>();
  const written = new Set<number>();
  for (const start of leaders) {
    if (!reached.has(start)) continue;
    const summaries: Summary[] = [];
    for (let at = start; reached.has(at) && (at === start || !leaders.has(at)); at++) {
      const summary = scanner.summary(words[at]!);
      summaries.push(summary);
      summary.registers.forEach((r) => registers.add(r));
      summary.writes.forEach((r) => written.add(r));
      if (summary.ends || summary.branches.length > 0) break;
    }
    blocks.set(start, { start, summaries });
  }
  return { entry, words, blocks, registers, written, continuations };
}

function explore(
  scanner: Scanner,
  words: Uint32Array,
  entry: number,
): {
  reached: Set<number>;
  leaders: Set<number>;
  continuations: number[];
} {
  const reached = new Set<number>();
  const leaders = new Set([entry]);
  const continuations: number[] = [];
  const waiting = [entry];
  while (waiting.length > 0) {
    for (let at = waiting.shift()!; at < PAGE_WORDS && !reached.has(at); at++) {
      const summary = scanner.summary(words[at]!);
      if (!summary.translatable) {
        if (at + 1 < PAGE_WORDS && !summary.ends) continuations.push(at + 1);
        break;
      }
      if (reached.size === MAX_INSTRUCTIONS) break;
      reached.add(at);
      for (const displacement of summary.branches) {
        const target = at + displacement / 4;
        if (target >= 0 && target < PAGE_WORDS && !leaders.has(target)) {
          leaders.add(target);
          waiting.push(target);
        }
      }
      if (summary.ends) break;
      if (summary.branches.length > 0) leaders.add(at + 1);
    }
  }
  return { reached, leaders, continuations };
}

/** Where a block's control may go inside its page: branches, then the next word. */
export function successors({ start, summaries }: Block): number[] {
  const last = start + summaries.length - 1;
  const { branches, ends } = summaries.at(-1)!;
  const targets = branches.map((displacement) => last + displacement / 4);
  return ends ? targets : [...targets, last + 1];
}
