import { type FlowBlock, flowLoops } from "../../wasm/index.ts";
import type { Region } from "./plan.ts";
import { planRegisters, type RegisterPlan } from "./registers.ts";

/**
 * A region's blocks as control flow to be structured: numbered in the given order, after a landing for each of several
 * entries, and for one that is a loop's first block, where the loop's registers are loaded.
 */
export class RegionFlow {
  readonly registers: RegisterPlan;
  /** Numbers of the blocks to enter at, in the order of the region's entries. */
  readonly entries: readonly number[];
  private readonly numbers: ReadonlyMap<number, number>;
  private readonly landings: readonly number[];
  /** Starts of the blocks of each loop by its first one. */
  private readonly loops: ReadonlyMap<number, readonly number[]>;

  constructor(
    private readonly region: Region,
    private readonly starts: readonly number[],
  ) {
    const plain = new Map(starts.map((start, number) => [start, number]));
    const graph = starts.map((start) => ({ successors: this.successors(start, plain) }));
    const loops = flowLoops(
      graph,
      region.entries.map((start) => plain.get(start)!),
    );
    this.loops = new Map([...loops].map(([first, last]) => [starts[first]!, starts.slice(first, last + 1)]));
    this.landings = region.entries.filter((start) => region.entries.length > 1 || this.loops.has(start));
    this.numbers = new Map(starts.map((start, number) => [start, number + this.landings.length]));
    this.entries = region.entries.map((start) => {
      const landing = this.landings.indexOf(start);
      return landing >= 0 ? landing : this.numbers.get(start)!;
    });
    this.registers = planRegisters(region.blocks, region.entries, this.loops);
  }

  private successors(start: number, numbers: ReadonlyMap<number, number>): number[] {
    return this.region.blocks.get(start)!.successors.flatMap((target) => numbers.get(target) ?? []);
  }

  /** Whether the way from one block to another leads into a loop. */
  entersLoop(from: number, to: number): boolean {
    const inside = this.loops.get(to);
    return inside !== undefined && !inside.includes(from);
  }

  blocks(build: (start: number, goto: (start: number) => void) => void, land: (entry: number) => void): FlowBlock[] {
    const landings = this.landings.map((entry): FlowBlock => {
      const number = this.numbers.get(entry)!;
      return {
        successors: [number],
        build: (goto) => {
          land(entry);
          goto(number);
        },
      };
    });
    const blocks = this.starts.map((start): FlowBlock => ({
      successors: this.successors(start, this.numbers),
      build: (goto) => build(start, (target) => goto(this.numbers.get(target)!)),
    }));
    return [...landings, ...blocks];
  }
}
