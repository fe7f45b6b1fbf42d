import type { Block } from "./plan.ts";

/** Offsets in the state block. */
export type Registers = ReadonlySet<number>;

/** What stands in Wasm locals. */
export interface RegisterPlan {
  /** By a block's start: the registers that are in their locals there, whatever way led to it. */
  readonly available: ReadonlyMap<number, Registers>;
  /** By a loop's first block: what is loaded on the ways into the loop, so that its rounds do without. */
  readonly wanted: ReadonlyMap<number, Registers>;
}

/** @param loops blocks of each loop, by its first one, as starts. */
export function planRegisters(
  blocks: ReadonlyMap<number, Block>,
  entries: readonly number[],
  loops: ReadonlyMap<number, readonly number[]>,
): RegisterPlan {
  const wanted = new Map<number, Registers>();
  for (const [header, inside] of loops) {
    const reads = inside.flatMap((start) => blocks.get(start)!.summaries.flatMap((s) => [...s.reads]));
    wanted.set(header, new Set(reads));
  }
  const available = new Map<number, Set<number>>();
  for (const entry of entries) available.set(entry, new Set(wanted.get(entry)));
  const waiting = [...entries];
  while (waiting.length > 0) {
    const block = blocks.get(waiting.pop()!)!;
    const after = new Set(available.get(block.start));
    for (const { registers } of block.summaries) for (const register of registers) after.add(register);
    for (const next of block.successors) {
      if (!blocks.has(next)) continue;
      const there = available.get(next);
      if (!there) available.set(next, new Set([...after, ...(wanted.get(next) ?? [])]));
      else if (!narrow(there, after, wanted.get(next))) continue;
      waiting.push(next);
    }
  }
  return { available, wanted };
}

/** Takes out of `there` what is not in one of the others; whether there was any. */
function narrow(there: Set<number>, ...others: readonly (Registers | undefined)[]): boolean {
  const before = there.size;
  for (const register of there) if (!others.some((other) => other?.has(register))) there.delete(register);
  return there.size < before;
}
