import type { Cpu, TranslationService } from "../../../src/engine/index.ts";
import { Translator } from "../../../src/engine/translator/index.ts";
import { FLAG_BITS, x86 } from "../../../src/isa/x86/index.ts";
import { translateNow } from "../../differential/core.ts";
import { ARENA, ARENA_BYTES, PLACE } from "../case.ts";
import { COMPARED } from "../fpu-image.ts";
import { Random } from "../random.ts";
import type { Left, Placed } from "./native.ts";
import { ProgramCpu } from "./ours.ts";

const translator = new Translator(x86);
const CHECKPOINTS = 8;
/** More than any program has: each block costs fuel. What interrupts put on its stack may lead to where there is none. */
const MOST_STEPS = 200_000;
const MOST_WITH_INTERRUPTS = 10_000;
const STATUS = FLAG_BITS.reduce<number>((bits, bit) => bits | (1 << bit), 0x400);

/** Whether interrupts come, at positions that follow from the seed. */
export interface CheckOptions {
  readonly interrupts: boolean;
}

/**
 * Programs on four CPUs: interpreted; translated at once; translated at some other time or not at all; and stopped all the time,
 * saved, restored and looked at by a debugger.
 */
export class ProgramCheck {
  private readonly late: (() => void)[] = [];
  private random = new Random(0);
  private readonly cpus: ReadonlyMap<string, ProgramCpu>;
  /** Checkpoints so far. */
  done = 0;

  constructor(interpreter: WebAssembly.Module) {
    const atOnce: TranslationService = { request: (requests, done) => done(translateNow(translator, requests)) };
    const later: TranslationService = {
      request: (requests, done) => void this.late.push(() => done(translateNow(translator, requests))),
    };
    const mixed = new ProgramCpu(interpreter, later, (cpu) => this.arrive(cpu));
    Object.assign(mixed.cpu.regions, { manySmall: 2, quietSteps: 0 });
    this.cpus = new Map([
      ["interpreted", new ProgramCpu(interpreter)],
      ["translated", new ProgramCpu(interpreter, atOnce)],
      ["translated at any time", mixed],
      ["stopped", new ProgramCpu(interpreter, undefined, (cpu) => this.look(cpu))],
    ]);
    for (const { cpu } of this.cpus.values()) cpu.regions.maxBytes = 2 ** 20;
  }

  private arrive(cpu: Cpu): void {
    while (this.random.chance(0.3)) this.late.shift()?.();
    if (this.random.chance(0.02)) cpu.evictCaches();
  }

  /** What must leave no trace: Accessed and Dirty bits are state. */
  private look(cpu: Cpu): void {
    const { random } = this;
    if (random.chance(0.5)) cpu.loadState(cpu.saveState());
    const address = BigInt(random.pick([PLACE, ARENA, 0]) + random.below(0x6000));
    cpu.translate(address);
    if (random.chance(0.3)) cpu.setBreakpoints(new Set(random.chance(0.5) ? [address] : []));
    if (random.chance(0.1)) cpu.evictCaches();
  }

  /** Steps in regions, and those that were put together with others. */
  get counters(): { readonly translatedSteps: number; readonly merged: number } {
    const all = [...this.cpus.values()].map(({ cpu }) => cpu);
    return {
      translatedSteps: all.reduce((sum, { translation }) => sum + (translation?.translatedSteps ?? 0), 0),
      merged: all.reduce((sum, { regions }) => sum + regions.counters.merged, 0),
    };
  }

  /** One program to its end: what it left, or what differs at the first position at which something does. */
  run(placed: Placed, seed: number, { interrupts }: CheckOptions): Left | string {
    const random = new Random(seed);
    const most = interrupts ? MOST_WITH_INTERRUPTS : MOST_STEPS;
    const raised: number[] = [];
    for (let at = random.below(40); interrupts && raised.length < 100; at += 1 + random.below(200)) raised.push(at);
    for (const one of this.cpus.values()) one.load(placed, { interrupts: raised });
    for (let n = 0, end = 1; ; end += 1 + random.below(300)) {
      const states = [...this.cpus].map(([name, one], which) => {
        this.random = new Random(seed * 5 + which + n);
        const { random: own } = this;
        one.heat();
        const stretch =
          name === "stopped" ? (): number => 1 + own.below(3) : (): number => 1 + own.below(own.pick([4, 60, 400]));
        one.advance(n < CHECKPOINTS ? end : most, stretch);
        return one.snapshot();
      });
      this.done++;
      const different = states.findIndex((text) => text !== states[0]);
      const [first] = this.cpus.values();
      if (different >= 0) {
        const name = [...this.cpus.keys()][different]!;
        return this.after(`${name} differs at position ${first!.cpu.position}: ${states[0]!}, ${states[different]!}`);
      }
      if (first!.ended || (interrupts && n === CHECKPOINTS)) return this.after(first!.left());
      if (n++ === CHECKPOINTS) return this.after(`no end after ${MOST_STEPS} steps`);
    }
  }

  /** What is under way may still arrive, in the next program, where it is not wanted. */
  private after<T>(result: T): T {
    for (const { cpu } of this.cpus.values()) cpu.evictCaches();
    return result;
  }
}

/** Where what a program left differs from what it left on the reference processor; empty: nowhere. */
export function differences(ours: Left, theirs: Left, long: boolean): string[] {
  const found: string[] = [];
  const note = (what: string, a: bigint | number | string, b: bigint | number | string): void => {
    const text = (value: bigint | number | string): string => (typeof value === "string" ? value : value.toString(16));
    if (a !== b) found.push(`${what}: ours ${text(a)}, theirs ${text(b)}`);
  };
  // It ran into its data, where the reference ends and ours goes on.
  if (theirs.ip >= ARENA && theirs.ip < ARENA + ARENA_BYTES) return [];
  note("faults", ours.faults, theirs.faults);
  note("places of faults", ours.where, theirs.where);
  note("ip", ours.ip, theirs.ip);
  for (let n = 0; n < (long ? 16 : 8); n++) note(`r${n}`, ours.r[n]!, theirs.r[n]!);
  note("flags", ours.flags & STATUS, theirs.flags & STATUS);
  note("fuel", ours.fuel, theirs.fuel);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  if (long)
    for (const [what, from, to] of COMPARED) note(what, hex(ours.fpu.slice(from, to)), hex(theirs.fpu.slice(from, to)));
  for (const [what, mine, other] of [
    ["code", ours.code, theirs.code],
    ["arena", ours.arena, theirs.arena],
  ] as const) {
    const at = mine.findIndex((byte, n) => byte !== other[n]);
    if (at >= 0) note(`${what} at ${at.toString(16)}`, hex(mine.slice(at, at + 16)), hex(other.slice(at, at + 16)));
  }
  return found;
}
