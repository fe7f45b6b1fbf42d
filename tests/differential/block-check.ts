import type { Cpu, TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64, reset, state, systemSlot } from "../../src/isa/arm64/index.ts";
import { type BlockProgram, blockProgram, disassembly } from "./block-program.ts";
import { core, translateNow } from "./core.ts";
import { Random } from "./random.ts";

const BASE = 0x4000_0000;
const DATA = BASE + 0x10_0000;
const PAGES = [0, 1, 2, 3, 0x100, 0x101, 0x102, 0x103];
const CHECKPOINTS = 8;

/** From word 0x200 / 4 of the vectors: a fault goes on after its instruction; an interrupt is counted. */
const onFault = [0xd538403c, 0x9100139c, 0xd518403c, 0xd69f03e0];
const onInterrupt = [0x910007bd, 0xd69f03e0];

const translator = new Translator(arm64);

/** One CPU and when its translated code arrives. */
interface Subject {
  readonly name: string;
  readonly cpu: Cpu;
  /** Between two of its runs. */
  readonly between?: (random: Random) => void;
}

/** Programs of blocks on three CPUs: interpreted, translated at once, and translated at some other time or not at all. */
export class BlockCheck {
  private readonly late: (() => void)[] = [];
  private readonly subjects: readonly Subject[];
  /** Checkpoints so far. */
  done = 0;

  constructor(interpreter: WebAssembly.Module) {
    const mixed = core(interpreter, BASE, {
      request: (requests, done) => void this.late.push(() => done(translateNow(translator, requests))),
    });
    Object.assign(mixed.regions, { manySmall: 2, quietSteps: 0 });
    const arrive = (random: Random): void => {
      while (random.chance(0.3)) this.late.shift()?.();
      if (random.chance(0.02)) mixed.evictCaches();
    };
    const atOnce: TranslationService = { request: (requests, done) => done(translateNow(translator, requests)) };
    this.subjects = [
      { name: "interpreted", cpu: core(interpreter, BASE) },
      { name: "translated", cpu: core(interpreter, BASE, atOnce) },
      { name: "mixed", cpu: mixed, between: arrive },
    ];
  }

  /** Regions that were put to use. */
  get installed(): number {
    return this.subjects.reduce((sum, { cpu }) => sum + cpu.regions.counters.installed, 0);
  }

  /** Regions that were put together with others. */
  get merged(): number {
    return this.subjects.reduce((sum, { cpu }) => sum + cpu.regions.counters.merged, 0);
  }

  get translatedSteps(): number {
    return this.subjects.reduce((sum, { cpu }) => sum + (cpu.translation?.translatedSteps ?? 0), 0);
  }

  /** One program; what differs at the first checkpoint at which something does. */
  run(seed: number): string | undefined {
    const random = new Random(seed);
    const program = blockProgram(random);
    // It lies over the end of a page.
    const code = BASE + 0x2000 - 4 * random.below(program.words.length);
    // Translation is asked for after the first step.
    const ends = Array.from({ length: CHECKPOINTS }, (_, n) => (n === 0 ? 1 : 1 + random.below(400)));
    const interrupts = ends.map((end) => random.below(2 * end));
    for (const { cpu } of this.subjects) prepare(cpu, program, code, new Random(seed + 1e6));
    const schedules = this.subjects.map((_, n) => new Random(seed * 3 + n));
    for (const [n, end] of ends.entries()) {
      const states = this.subjects.map((subject, which) => {
        const { cpu } = subject;
        heat(cpu, program, code);
        advance(subject, cpu.position + end, cpu.position + interrupts[n]!, schedules[which]!);
        return snapshot(cpu);
      });
      this.done++;
      const different = states.findIndex((text) => text !== states[0]);
      if (different < 0) continue;
      const { name, cpu } = this.subjects[different]!;
      return `seed ${seed}: ${name} differs at checkpoint ${n}, position ${cpu.position}\n${disassembly(program, code)}`;
    }
    // What is under way may still arrive, in the next program, where it is not wanted.
    for (const { cpu } of this.subjects) cpu.evictCaches();
    return undefined;
  }
}

function prepare(cpu: Cpu, { words }: BlockProgram, code: number, random: Random): void {
  reset((field, value, index) => cpu.writeState(field, value, index));
  cpu.position = 0;
  cpu.interruptLine = false;
  const write = (at: number, from: readonly number[]): void =>
    void cpu.physical.writeRam(at, new Uint8Array(Uint32Array.from(from).buffer));
  for (const page of PAGES) cpu.physical.writeRam(BASE + page * 4096, new Uint8Array(4096).fill(page));
  write(BASE + 0x200, onFault);
  write(BASE + 0x280, onInterrupt);
  write(code, words);
  for (let r = 0; r < 31; r++) {
    const wide = random.u64();
    const pointer = BigInt(DATA + random.below(8192));
    cpu.writeState(state.x, r < 16 && random.chance(0.5) ? random.pick([wide, BigInt(random.below(64))]) : pointer, r);
    cpu.writeState(state.v, (wide << 64n) | random.u64(), r);
  }
  for (const [register, value] of [[18, code], [19, 0], [26, DATA + 4096], [28, 0], [29, 0], [30, code]] as const)
    cpu.writeState(state.x, BigInt(value), register); // prettier-ignore
  // A linear congruential generator: factor, increment, state.
  for (const register of [22, 23, 24]) cpu.writeState(state.x, (random.u64() & ~7n) | 5n, register);
  for (let flag = 0; flag < 4; flag++) cpu.writeState(state.flags, BigInt(random.below(2)), flag);
  cpu.writeState(state.daif, 0n);
  cpu.writeState(state.system, BigInt(BASE), systemSlot.VBAR_EL1);
  cpu.writeState(state.system, 3n << 20n, systemSlot.CPACR_EL1);
  cpu.writeState(state.pc, BigInt(code));
  cpu.stateChanged();
  cpu.writeState(state.fpTrapped, 0n);
}

/** Asks for translations of all blocks, as their execution would later. */
function heat(cpu: Cpu, { starts }: BlockProgram, code: number): void {
  // A page is known to the CPU once something of it has run.
  if (cpu.position === 0) return;
  for (const start of starts) {
    const word = (code - BASE) / 4 + start;
    cpu.regions.hot(word >> 10, word & 1023);
  }
}

/** Runs in slices of any length, with an interrupt raised at a position: it is taken as soon as it is not masked. */
function advance({ cpu, between }: Subject, end: number, interrupt: number, random: Random): void {
  for (let raised = false; cpu.position < end;) {
    between?.(random);
    if (!raised && cpu.position >= interrupt) raised = cpu.interruptLine = true;
    if (cpu.interruptLine && cpu.interruptible()) {
      cpu.interrupt();
      cpu.interruptLine = false;
      continue;
    }
    const until = Math.min(end, cpu.position + 1 + random.below(random.pick([4, 60, 400])));
    cpu.run(raised ? until : Math.min(until, Math.max(interrupt, cpu.position + 1)));
  }
}

function snapshot(cpu: Cpu): string {
  const pages = PAGES.map((page) => cpu.pages.hash(page).join());
  return `${cpu.position} ${cpu.saveState().join()} ${pages.join()}`;
}
