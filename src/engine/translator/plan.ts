import type { PageUnits } from "../code/units.ts";
import type { TranslatedRegion } from "../regions/translation.ts";
import type { FlagsKind, Instruction, Scanner, Summary } from "./scan.ts";

/** A run of instructions that is entered only at its start. Places in the page. */
export interface Block {
  readonly start: number;
  readonly instructions: readonly Instruction[];
  readonly summaries: readonly Summary[];
  /** The place behind its last instruction. */
  readonly end: number;
  /** Where its control may go inside its page: branches, then the next instruction. */
  readonly successors: readonly number[];
  /** What is known of the flags' origin at its start. */
  flagsBefore: FlagsKind;
}

/** What is translated together: the blocks of a page that are reached from an entry by direct branches, or after calls. */
export interface Region {
  /** Starts of blocks that are entered from outside, the one asked for first. */
  readonly entries: readonly number[];
  /** By start, in ascending order. */
  readonly blocks: ReadonlyMap<number, Block>;
  readonly accessesMemory: boolean;
  readonly usesFlags: boolean;
}

/** What a region was made from: units of a page, what they said, and the places at which it is entered. */
type Made = Pick<TranslatedRegion, "covered" | "code" | "entries" | "mode">;

const MAX_INSTRUCTIONS = 500;

/** Plans regions of one page's code. */
export class PagePlanner {
  private readonly known = new Map<number, Instruction>();

  constructor(
    private readonly scanner: Scanner,
    readonly units: PageUnits,
    private readonly mode: number,
  ) {}

  private at(place: number): Instruction {
    let instruction = this.known.get(place);
    if (!instruction) this.known.set(place, (instruction = this.scanner.at(this.units, this.mode, place)));
    return instruction;
  }

  /**
   * The region at the first of these places, with entries at those of the others that it comes to hold; undefined when its
   * first instruction is not translatable.
   */
  plan(
    [entry, ...others]: readonly [number, ...number[]],
    /** Places that are worth translating: those that have been executed. */
    wanted: (place: number) => boolean,
  ): Region | undefined {
    if (!this.at(entry).summary.translatable) return undefined;
    const { reached, leaders, entries } = this.explore([entry], (place) => place === entry || wanted(place));
    for (const place of others) {
      if (!reached.has(place)) continue;
      leaders.add(place);
      entries.add(place);
    }
    return this.divide(reached, leaders, [...entries]);
  }

  /** The region that was made of these places before, with the same entries by the same numbers. */
  planAgain({ covered, entries }: Made): Region {
    const places = new Set(covered);
    const holds = (place: number): boolean => {
      for (let n = 0; n < this.at(place).length; n++) if (!places.has(place + n)) return false;
      return true;
    };
    const { reached, leaders } = this.explore([...entries], holds, Infinity);
    return this.divide(reached, leaders, [...entries]);
  }

  /** Into blocks. */
  private divide(reached: ReadonlySet<number>, leaders: ReadonlySet<number>, entries: readonly number[]): Region {
    const blocks = new Map<number, Block>();
    const all: Summary[] = [];
    for (const start of [...leaders].sort((a, b) => a - b)) {
      if (!reached.has(start)) continue;
      const instructions: Instruction[] = [];
      let [last, end] = [start, start];
      while (reached.has(end) && (end === start || !leaders.has(end))) {
        const instruction = this.at(end);
        instructions.push(instruction);
        last = end;
        end += instruction.length;
        if (instruction.summary.ends || instruction.summary.branches.length > 0) break;
      }
      const summaries = instructions.map(({ summary }) => summary);
      all.push(...summaries);
      const { branches, ends } = summaries.at(-1)!;
      const successors = branches.map((displacement) => last + displacement / this.scanner.unitBytes);
      if (!ends) successors.push(end);
      blocks.set(start, { start, instructions, summaries, end, successors, flagsBefore: undefined });
    }
    const region: Region = {
      entries: entries.filter((start) => blocks.has(start)),
      blocks,
      accessesMemory: all.some((s) => s.accessesMemory),
      usesFlags: all.some((s) => s.usesFlags),
    };
    if (region.usesFlags) followFlags(region);
    return region;
  }

  private explore(starts: readonly number[], wanted: (place: number) => boolean, most = MAX_INSTRUCTIONS): Exploration {
    const { length } = this.units;
    const reached = new Set<number>();
    const leaders = new Set(starts);
    const entries = new Set(starts);
    const waiting = [...starts];
    const lead = (place: number): void => {
      if (place < 0 || place >= length || leaders.has(place) || !wanted(place)) return;
      leaders.add(place);
      waiting.push(place);
    };
    /** Control comes here from outside: after a call, or an instruction that the interpreter runs. */
    const comeBack = (place: number): void => {
      if (place >= length || !wanted(place)) return;
      entries.add(place);
      lead(place);
    };
    while (waiting.length > 0) {
      for (let at = waiting.shift()!; at < length && wanted(at); at += this.at(at).length) {
        if (reached.has(at)) {
          // Two readings that differed before go on in one block.
          leaders.add(at);
          break;
        }
        const { summary, length: units } = this.at(at);
        if (!summary.translatable) {
          if (!summary.ends || summary.returns) comeBack(at + units);
          break;
        }
        if (reached.size === most) {
          // The rest is a region of its own, if it turns out to be worth one.
          break;
        }
        reached.add(at);
        for (const displacement of summary.branches) lead(at + displacement / this.scanner.unitBytes);
        if (summary.returns) comeBack(at + units);
        if (summary.ends) break;
        if (summary.branches.length > 0) leaders.add(at + units);
      }
    }
    return { reached, leaders, entries };
  }
}

/** Places of the units that a region is made from, each once. */
export function coveredBy({ blocks }: Region): Set<number> {
  const covered = new Set<number>();
  for (const { start, instructions } of blocks.values()) {
    let place = start;
    for (const { length } of instructions) for (let n = 0; n < length; n++) covered.add(place++);
  }
  return covered;
}

interface Exploration {
  readonly reached: ReadonlySet<number>;
  readonly leaders: Set<number>;
  readonly entries: Set<number>;
}

/** Finds what is known of the flags at the start of every block: what all ways to it agree on. */
function followFlags({ blocks, entries }: Region): void {
  const before = new Map<number, FlagsKind>(entries.map((start) => [start, undefined]));
  const waiting = [...entries];
  while (waiting.length > 0) {
    const block = blocks.get(waiting.pop()!)!;
    let kind = before.get(block.start);
    for (const summary of block.summaries) kind = summary.flagsAfter(kind);
    for (const next of block.successors) {
      if (!blocks.has(next)) continue;
      if (!before.has(next)) before.set(next, kind);
      else if (before.get(next) === undefined || before.get(next) === kind) continue;
      else before.set(next, undefined);
      waiting.push(next);
    }
  }
  for (const block of blocks.values()) block.flagsBefore = before.get(block.start);
}
