import { assert } from "../base/index.ts";
import type { Value, Variable } from "../isa/index.ts";
import type { FunctionBuilder, Label } from "./function.ts";

export interface FlowBlock {
  /** Blocks that this one may go to. */
  readonly successors: readonly number[];
  /** Adds the block's code. It ends by going somewhere, or leaves the function. */
  build(goto: (block: number) => void): void;
}

/** Blocks at which the code is entered, and the number (i32) of the one to enter now. */
export interface FlowEntries {
  readonly blocks: readonly number[];
  readonly which: Value;
}

/**
 * Adds basic blocks in a row, entered at the first or at one of several, as structured code. Forward edges are breaks; a backward edge
 * continues a Wasm loop where the blocks up to it are entered only by its header, and goes through a switch otherwise.
 */
export function addControlFlow(f: FunctionBuilder, blocks: readonly FlowBlock[], entries?: FlowEntries): void {
  new ControlFlow(f, blocks, entries).add();
}

/** The loops that become Wasm loops: the last block of each by its first one. */
export function flowLoops(
  blocks: readonly Pick<FlowBlock, "successors">[],
  entries: readonly number[],
): ReadonlyMap<number, number> {
  return findLoops(blocks, entries).loops;
}

class ControlFlow {
  private readonly forward = new Map<number, Label>();
  private readonly backward = new Map<number, Label>();
  /** Last block of the loop that a header begins. */
  private readonly loops: ReadonlyMap<number, number>;
  /** Blocks that the switch at the top leads to, the entries before others, if there are any. */
  private readonly switched: readonly number[];
  private next: Variable | undefined;
  private top: Label | undefined;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly blocks: readonly FlowBlock[],
    private readonly given: FlowEntries | undefined,
  ) {
    const entries = given?.blocks ?? [0];
    const { loops, irreducible } = findLoops(blocks, entries);
    this.loops = loops;
    const simple = irreducible.size === 0 && entries.length === 1 && entries[0] === 0;
    this.switched = simple ? [] : [...entries, ...[...irreducible].filter((block) => !entries.includes(block))];
  }

  add(): void {
    const { f } = this;
    const last = this.blocks.length - 1;
    if (this.switched.length === 0) return this.range(0, last, () => {});
    const next = f.variable(this.given && this.given.blocks.length > 1 ? this.given.which : f.constant("i32", 0));
    const top = f.label("top");
    this.next = next;
    this.top = top;
    f.loop(top, () =>
      this.range(0, last, () =>
        f.switch(
          f.get(next),
          this.switched.map((block) => this.forward.get(block)!),
        ),
      ),
    );
  }

  /** Blocks `first` to `last`: each after the end of its forward label, the innermost of which holds `start`. */
  private range(first: number, last: number, start: () => void): void {
    const parts: number[] = [];
    for (let at = first; at <= last; at = this.partEnd(at) + 1) parts.push(at);
    const emit = (index: number): void => {
      if (index < 0) return start();
      const header = parts[index]!;
      const label = this.f.label("to");
      this.forward.set(header, label);
      this.f.labelled(label, () => emit(index - 1));
      this.forward.delete(header);
      this.part(header);
    };
    emit(parts.length - 1);
  }

  /** A loop whose label is open is being written: its header is a block like others. */
  private partEnd(at: number): number {
    return this.backward.has(at) ? at : (this.loops.get(at) ?? at);
  }

  private part(header: number): void {
    const last = this.loops.get(header);
    if (last === undefined || this.backward.has(header)) return this.blocks[header]!.build((to) => this.goto(to));
    const again = this.f.label("again");
    this.backward.set(header, again);
    this.f.loop(again, () => this.range(header, last, () => {}));
    this.backward.delete(header);
  }

  private goto(to: number): void {
    const label = this.backward.get(to) ?? this.forward.get(to);
    if (label) return this.f.goto(label);
    const index = this.switched.indexOf(to);
    assert(this.top && this.next && index >= 0, "a block that cannot be reached from here");
    this.f.set(this.next, this.f.constant("i32", index));
    this.f.goto(this.top);
  }
}

/** Loops by header, and the targets of backward edges that cannot be loops. */
function findLoops(
  blocks: readonly Pick<FlowBlock, "successors">[],
  entries: readonly number[],
): { loops: Map<number, number>; irreducible: Set<number> } {
  const irreducible = new Set<number>();
  for (;;) {
    const loops = new Map<number, number>();
    blocks.forEach(({ successors }, from) => {
      for (const to of successors) {
        if (to <= from && !irreducible.has(to)) loops.set(to, Math.max(from, loops.get(to) ?? 0));
      }
    });
    nest(loops);
    const bad = [...loops].find(([header, last]) => entered(blocks, [...entries, ...irreducible], header, last));
    if (!bad) return { loops, irreducible };
    irreducible.add(bad[0]);
  }
}

/** A loop that begins inside another ends inside it. */
function nest(loops: Map<number, number>): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const [outer, last] of loops) {
      for (const [inner, innerLast] of loops) {
        if (inner <= outer || inner > last || innerLast <= last) continue;
        loops.set(outer, innerLast);
        changed = true;
      }
    }
  }
}

/** Whether a loop's inside is entered by another way than its header. */
function entered(
  blocks: readonly Pick<FlowBlock, "successors">[],
  switched: readonly number[],
  header: number,
  last: number,
): boolean {
  const inside = (block: number): boolean => block > header && block <= last;
  if (switched.some(inside)) return true;
  return blocks.some(({ successors }, from) => from !== header && !inside(from) && successors.some(inside));
}
