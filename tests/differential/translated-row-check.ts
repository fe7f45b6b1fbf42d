import type { Cpu, TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64, reset, STACK_POINTER, state, systemSlot } from "../../src/isa/arm64/index.ts";
import { Decoder, type Insn } from "../../src/isa/index.ts";
import type { A64 } from "../../src/isa/arm64/index.ts";
import { core } from "./core.ts";
import { Random } from "./random.ts";
import { Values } from "./values.ts";

const BASE = 0x4000_0000;
const DATA = BASE + 0x10_0000;
/** In the second page; the vectors are in the first. */
const CODE = 0x1000;
const DATA_BYTES = 16 * 4096;
const WORDS_PER_PROGRAM = 64;
/** Of Wasm that is kept: little, as no program comes again. */
const MAX_BYTES = 2 ** 20;
/** A fault costs itself and its handler. */
const STEPS_PER_WORD = 6;

/** A fault goes on after its instruction: mrs x28, elr_el1; add x28, x28, #4; msr elr_el1, x28; eret. */
const onFault = [0xd538403c, 0x9100139c, 0xd518403c, 0xd69f03e0];
const NOP = 0xd503201f;
const WFI = 0xd503207f;

/** What goes elsewhere, waits, or changes how all that follows works. */
const left =
  /^(ERET|HINT|WFI|SVC|HVC|SMC|MSR|MRS|SYS|BRK|HLT|DCPS|UDF|B|BL|B\.cond|CBZ.*|TBZ.*|BR|BLR|RET)$|^(CBZ|TBZ|MRS|MSR|SYS|DC |IC |AT |TLBI|B,)/;

type Row = Insn<A64>;

/** Rows whose instructions go on to the next one. */
export const straightRows: readonly Row[] = arm64.instructions.filter(
  (row) => row.todo === undefined && !left.test(row.name),
);

const decoder = new Decoder(arm64.instructions);
const translator = new Translator(arm64);
const atOnce: TranslationService = {
  request: (requests, done) => {
    const { wasm, regions } = translator.translate(requests);
    done({ id: 0, regions, bytes: wasm.length, module: new WebAssembly.Module(wasm) });
  },
};

/** Random instructions of one row at a time, translated beside interpreted, with random registers and modes. */
export class TranslatedRowCheck {
  private readonly interpreted: Cpu;
  private readonly translated: Cpu;
  private readonly cpus: readonly Cpu[];
  /** The state at the first instruction, but for what is random. */
  private readonly start: Uint8Array;
  /** Instructions so far. */
  done = 0;

  constructor(interpreter: WebAssembly.Module) {
    this.interpreted = core(interpreter, BASE);
    this.translated = core(interpreter, BASE, atOnce);
    this.translated.regions.maxBytes = MAX_BYTES;
    this.cpus = [this.interpreted, this.translated];
    for (const cpu of this.cpus) prepare(cpu);
    this.start = this.interpreted.saveState();
  }

  get translatedSteps(): number {
    return this.translated.translation?.translatedSteps ?? 0;
  }

  /** At least so many instructions of a row, each word in so many states; what differs, with the instruction that it is due to. */
  run(row: Row, cases: number, statesPerWord: number, seed: number): string | undefined {
    for (let done = 0; done < cases;) {
      const random = new Random(seed * 1_000_003 + done);
      const values = new Values(random);
      const count = Math.min(WORDS_PER_PROGRAM, Math.ceil((cases - done) / statesPerWord));
      const words = Array.from({ length: count }, () => wordOf(row, random));
      // Entered at each word, or at the first alone.
      const entries = random.chance(0.5) ? words.length : 1;
      this.load(words, entries);
      done += count * statesPerWord;
      for (let n = 0; n < statesPerWord; n++) {
        this.done += count;
        const [state, data] = [randomState(this.start, random, values), random.u32()];
        if (!this.differs(words.length, state, data)) continue;
        const first = words.findIndex((_, last) => {
          this.load(words.slice(0, last + 1), Math.min(entries, last + 1));
          return this.differs(last + 1, state, data);
        });
        const word = words[first]!;
        return `${row.name}: ${word?.toString(16)} ${decoder.disassemble(word, 0n)}, instruction ${first}, seed ${seed}`;
      }
    }
    return undefined;
  }

  private load(words: readonly number[], entries: number): void {
    for (const cpu of this.cpus) {
      cpu.physical.writeRam(BASE + CODE, new Uint8Array(Uint32Array.from([NOP, ...words, WFI]).buffer));
      // The page is known to the CPU once something of it has run.
      cpu.loadState(this.start);
      cpu.position = 0;
      cpu.run(1);
      for (let word = 1; word <= entries; word++) cpu.regions.hot(CODE >> 12, word);
    }
  }

  private differs(words: number, state: Uint8Array, data: number): boolean {
    const content = new Uint8Array(DATA_BYTES).fill(data);
    for (const cpu of this.cpus) {
      cpu.physical.writeRam(DATA, content);
      cpu.loadState(state);
      cpu.position = 0;
      cpu.waiting = false;
      for (const limit = 10 + STEPS_PER_WORD * words; !cpu.waiting && cpu.position < limit;) cpu.run(limit);
    }
    const [a, b] = this.cpus.map((cpu) => [cpu.saveState(), cpu.physical.readRam(DATA, DATA_BYTES)!]);
    const same = a!.every((bytes, n) => Buffer.compare(bytes, b![n]!) === 0);
    return !same || this.interpreted.position !== this.translated.position || !this.interpreted.waiting;
  }
}

function wordOf(row: Row, random: Random): number {
  for (;;) {
    const word = (row.pattern.value | (random.u32() & ~row.pattern.mask)) >>> 0;
    if (decoder.row(word) === row) return word;
  }
}

function prepare(cpu: Cpu): void {
  reset((field, value, index) => cpu.writeState(field, value, index));
  // A synchronous exception from EL1h goes to offset 0x200 of the vectors.
  const vectors = [...Array<number>(0x200 / 4).fill(NOP), ...onFault];
  cpu.physical.writeRam(BASE, new Uint8Array(Uint32Array.from(vectors).buffer));
  cpu.writeState(state.system, BigInt(BASE), systemSlot["VBAR_EL1"]);
  cpu.writeState(state.system, 0x300000n, systemSlot["CPACR_EL1"]);
  cpu.writeState(state.pc, BigInt(BASE + CODE));
}

/** A state block with random registers, flags and modes. */
function randomState(start: Uint8Array, random: Random, values: Values): Uint8Array {
  const block = start.slice();
  const ints = new Int32Array(block.buffer, 0, block.length >> 2);
  const point = (at: number, address: number): void => ints.set([address, 0], at);
  for (let r = 0; r < 31; r++) {
    const at = state.x.offset / 4 + 2 * r;
    if (random.chance(0.4)) point(at, DATA + random.below(4 * 4096));
    else values.register(ints, at);
  }
  point(state.x.offset / 4 + 2 * STACK_POINTER, DATA + 0x1000 + 16 * random.below(256));
  values.vectors(ints, state.v.offset / 4);
  for (let flag = 0; flag < 4; flag++) block[state.flags.offset + flag] = random.below(2);
  // AHP, DN, FZ and the rounding mode; mostly the modes that programs use.
  if (random.chance(0.4)) ints[state.fpcr.offset / 4] = random.below(32) << 22;
  return block;
}
