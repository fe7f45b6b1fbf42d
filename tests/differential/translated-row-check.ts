import type { Cpu, TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64, reset, state, systemSlot } from "../../src/isa/arm64/index.ts";
import { Decoder, type Insn } from "../../src/isa/index.ts";
import type { A64 } from "../../src/isa/arm64/index.ts";
import { core } from "./core.ts";
import { Random } from "./random.ts";
import { randomRegister, randomVectors } from "./values.ts";

const BASE = 0x4000_0000;
const DATA = BASE + 0x10_0000;
/** In the second page; the vectors are in the first. */
const CODE = 0x1000;
const WORDS_PER_PROGRAM = 240;
/** A fault costs itself and its handler. */
const STEPS_PER_WORD = 6;
const STACK_POINTER = 32;

/** A fault goes on after its instruction: mrs x28, elr_el1; add x28, x28, #4; msr elr_el1, x28; eret. */
const onFault = [0xd538403c, 0x9100139c, 0xd518403c, 0xd69f03e0];
const NOP = 0xd503201f;
const STOP = 0x14000000; // b .

/** What goes elsewhere, waits, or changes how all that follows works. */
const left =
  /^(ERET|HINT|SVC|HVC|SMC|MSR|MRS|SYS|BRK|HLT|DCPS|UDF|B|BL|B\.cond|CBZ.*|TBZ.*|BR|BLR|RET)$|^(CBZ|TBZ|MRS|MSR|SYS|DC |IC |AT |TLBI|B,)/;

type Row = Insn<A64>;

/** Rows whose instructions go on to the next one. */
export const straightRows: readonly Row[] = arm64.instructions.filter(
  (row) => row.todo === undefined && !left.test(row.name),
);

const decoder = new Decoder(arm64.instructions);
const translator = new Translator(arm64);
const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };

/** Random instructions of one row at a time, translated beside interpreted, with random registers and modes. */
export class TranslatedRowCheck {
  private readonly interpreted: Cpu;
  private readonly translated: Cpu;
  /** Instructions so far. */
  done = 0;

  constructor(interpreter: WebAssembly.Module) {
    this.interpreted = core(interpreter, BASE);
    this.translated = core(interpreter, BASE, atOnce);
  }

  get translatedSteps(): number {
    return this.translated.translation?.translatedSteps ?? 0;
  }

  /** At least so many instructions of a row; what differs, with the instruction that it is due to. */
  run(row: Row, cases: number, seed: number): string | undefined {
    for (let done = 0; done < cases; done += WORDS_PER_PROGRAM) {
      const random = new Random(seed * 1_000_003 + done);
      const words = Array.from({ length: Math.min(WORDS_PER_PROGRAM, cases - done) }, () => wordOf(row, random));
      const setting = random.u32();
      this.done += words.length;
      if (!this.differs(words, setting)) continue;
      const first = words.findIndex((_, n) => this.differs(words.slice(0, n + 1), setting));
      const word = words[first]!;
      return `${row.name}: ${word.toString(16)} ${decoder.disassemble(word, 0n)}, instruction ${first}, seed ${seed}`;
    }
    return undefined;
  }

  private differs(words: readonly number[], setting: number): boolean {
    const cpus = [this.interpreted, this.translated];
    for (const cpu of cpus) {
      const random = new Random(setting);
      prepare(cpu, words, random);
      // The page is known to the CPU once something of it has run.
      cpu.run(1);
      const entries = random.chance(0.5) ? words.length : 1;
      for (let word = 0; word < entries; word++) cpu.regions.hot(CODE >> 12, word);
      for (const until = 1 + STEPS_PER_WORD * words.length; cpu.position < until;) cpu.run(until);
    }
    const [a, b] = cpus as [Cpu, Cpu];
    if (Buffer.compare(a.saveState(), b.saveState()) !== 0) return true;
    for (let page = 0x100; page < 0x104; page++)
      if (a.pages.hash(page).some((part, n) => part !== b.pages.hash(page)[n])) return true;
    return false;
  }
}

function wordOf(row: Row, random: Random): number {
  for (;;) {
    const word = (row.pattern.value | (random.u32() & ~row.pattern.mask)) >>> 0;
    if (decoder.row(word) === row) return word;
  }
}

function prepare(cpu: Cpu, words: readonly number[], random: Random): void {
  reset((field, value, index) => cpu.writeState(field, value, index));
  cpu.position = 0;
  // A synchronous exception from EL1h goes to offset 0x200 of the vectors.
  const vectors = [...Array<number>(0x200 / 4).fill(NOP), ...onFault];
  for (const [at, content] of [
    [BASE, vectors],
    [BASE + CODE, [...words, STOP]],
  ] as const)
    cpu.writePhysical(at, new Uint8Array(Uint32Array.from(content).buffer));
  for (let page = 0; page < 4; page++) cpu.writePhysical(DATA + page * 4096, new Uint8Array(4096).fill(page + 1));
  for (let r = 0; r < 31; r++) {
    const value = random.chance(0.4) ? BigInt(DATA + random.below(4 * 4096)) : randomRegister(random);
    cpu.writeState(state.x, value, r);
  }
  cpu.writeState(state.x, BigInt(DATA + 0x1000 + 16 * random.below(256)), STACK_POINTER);
  const vectorBytes = randomVectors(random);
  const view = new DataView(vectorBytes.buffer);
  for (let v = 0; v < 32; v++) {
    const high = view.getBigUint64(16 * v + 8, true);
    cpu.writeState(state.v, (high << 64n) | view.getBigUint64(16 * v, true), v);
  }
  for (let flag = 0; flag < 4; flag++) cpu.writeState(state.flags, BigInt(random.below(2)), flag);
  // AHP, DN, FZ and the rounding mode; mostly the modes that programs use.
  if (random.chance(0.4)) cpu.writeState(state.fpcr, BigInt((random.below(32) << 22) >>> 0));
  cpu.writeState(state.system, BigInt(BASE), systemSlot["VBAR_EL1"]);
  cpu.writeState(state.system, 0x300000n, systemSlot["CPACR_EL1"]);
  cpu.writeState(state.pc, BigInt(BASE + CODE));
  cpu.stateChanged();
}
