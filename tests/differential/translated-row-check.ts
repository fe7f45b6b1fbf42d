import type { Cpu, TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64, reset, STACK_POINTER, state, systemSlot } from "../../src/isa/arm64/index.ts";
import { Decoder, enumerateHandlers, type Handler } from "../../src/isa/index.ts";
import type { A64 } from "../../src/isa/arm64/index.ts";
import { core, translateNow } from "./core.ts";
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
const STEPS_PER_WORD = 1 + 5;

/** A fault goes on after its instruction: mrs x28, elr_el1; add x28, x28, #4; msr elr_el1, x28; mov x28, #0; eret. */
const onFault = [0xd538403c, 0x9100139c, 0xd518403c, 0xd280001c, 0xd69f03e0];
const NOP = 0xd503201f;
/** A synchronous exception from EL1h goes to offset 0x200 of the vectors. */
const handler = new Uint8Array(Uint32Array.from([...Array<number>(0x200 / 4).fill(NOP), ...onFault]).buffer);
const WFI = 0xd503207f;

/** What goes elsewhere, waits, or changes how all that follows works. */
const left =
  /^(ERET|HINT|WFI|SVC|HVC|SMC|MSR|MRS|SYS|BRK|HLT|DCPS|UDF|B|BL|B\.cond|CBZ.*|TBZ.*|BR|BLR|RET)$|^(CBZ|TBZ|MRS|MSR|SYS|DC |IC |AT |TLBI|B,)/;

/** Rows whose instructions go on to the next one: their handlers. */
export const straightHandlers: readonly Handler<A64>[] = enumerateHandlers(
  arm64.instructions.filter((row) => row.todo === undefined && !left.test(row.name)),
);

const decoder = new Decoder(arm64.instructions);
const translator = new Translator(arm64);
const atOnce: TranslationService = {
  request: (requests, done) => done(translateNow(translator, requests)),
};

/** Random instructions of one row at a time, translated beside interpreted, with random registers and modes. */
export class TranslatedRowCheck {
  private readonly interpreted: Cpu;
  private readonly translated: Cpu;
  private readonly cpus: readonly Cpu[];
  /** The state at the first instruction, but for what is random. */
  private readonly start: Uint8Array;
  private code = new Uint8Array();
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

  /** At least `each` instructions of each handler, each word in so many states; what differs, with the instruction that it is due to. */
  run(handlers: readonly Handler<A64>[], each: number, statesPerWord: number, seed: number): string | undefined {
    const random = new Random(seed);
    const values = new Values(random);
    const perHandler = Math.ceil(each / statesPerWord);
    const total = handlers.length * perHandler;
    for (let first = 0; first < total; first += WORDS_PER_PROGRAM) {
      const apart = random.chance(0.5);
      const words = Array.from({ length: Math.min(WORDS_PER_PROGRAM, total - first) }, (_, n) =>
        wordOf(handlers[Math.floor((first + n) / perHandler)]!, random, apart),
      );
      const difference = this.program(words, statesPerWord, random, values);
      if (difference !== undefined) return `${handlers[0]!.insn.name}: ${difference}, seed ${seed}`;
    }
    return undefined;
  }

  private program(words: readonly number[], states: number, random: Random, values: Values): string | undefined {
    // Entered at each word, or at the first and some others.
    const share = random.pick([0.1, 1, 1]);
    const entries = words.map((_, n) => n + 1).filter((word) => word === 1 || random.chance(share));
    this.load(words, entries);
    const data = randomData(random, values);
    for (let n = 0; n < states; n++) {
      if (this.overwritten) this.load(words, entries);
      this.done += words.length;
      const state = randomState(this.start, random, values);
      if (!this.differs(words.length, state, data)) continue;
      const first = words.findIndex((_, last) => {
        const before = entries.filter((word) => word <= last + 1);
        this.load(words.slice(0, last + 1), before);
        return this.differs(last + 1, state, data);
      });
      const word = words[first] ?? 0;
      return `${word.toString(16)} ${decoder.disassemble(word, 0n)}, instruction ${first}`;
    }
    return undefined;
  }

  private load(words: readonly number[], entries: readonly number[]): void {
    this.code = new Uint8Array(Uint32Array.from([NOP, ...words, WFI]).buffer);
    for (const cpu of this.cpus) {
      cpu.physical.writeRam(BASE, handler);
      cpu.physical.writeRam(BASE + CODE, this.code);
      // The page is known to the CPU once something of it has run.
      cpu.loadState(this.start);
      cpu.position = 0;
      cpu.run(1);
      for (const word of entries) cpu.regions.hot(CODE >> 12, word);
    }
  }

  /** Whether the instructions stored over themselves. */
  private get overwritten(): boolean {
    const now = this.interpreted.physical.readRam(BASE, CODE + this.code.length)!;
    return (
      Buffer.compare(now.subarray(CODE), this.code) !== 0 ||
      Buffer.compare(now.subarray(0, handler.length), handler) !== 0
    );
  }

  private differs(words: number, state: Uint8Array, data: Uint8Array): boolean {
    for (const cpu of this.cpus) {
      cpu.physical.writeRam(DATA, data);
      cpu.loadState(state);
      cpu.position = 0;
      cpu.waiting = false;
      for (const limit = 10 + STEPS_PER_WORD * words; !cpu.waiting && cpu.position < limit;) cpu.run(limit);
    }
    const [a, b] = this.cpus.map((cpu) => [
      cpu.saveState(),
      cpu.physical.readRam(DATA, DATA_BYTES)!,
      cpu.physical.readRam(BASE, 2 * 4096)!,
    ]);
    const same = a!.every((bytes, n) => Buffer.compare(bytes, b![n]!) === 0);
    return !same || this.interpreted.position !== this.translated.position;
  }
}

/** `apart`: registers that are transferred are not those that hold addresses, which so last longer. */
function wordOf({ insn, split }: Handler<A64>, random: Random, apart: boolean): number {
  for (let tries = 0; tries < 10_000; tries++) {
    let word = insn.pattern.value | (random.u32() & ~insn.pattern.mask);
    for (const { name, lsb, width } of insn.pattern.fields) {
      if (apart && /^rt2?$/.test(name)) word |= 16 << lsb;
      if (apart && /^r[nm]$/.test(name)) word &= ~(16 << lsb);
      const fixed = split[name];
      if (fixed !== undefined) word = (word & ~((2 ** width - 1) << lsb)) | (fixed << lsb);
    }
    word >>>= 0;
    if (decoder.row(word) === insn) return word;
  }
  throw new Error(`${insn.name}: too few words are allocated`);
}

function prepare(cpu: Cpu): void {
  reset((field, value, index) => cpu.writeState(field, value, index));
  cpu.writeState(state.system, BigInt(BASE), systemSlot["VBAR_EL1"]);
  cpu.writeState(state.system, 0x300000n, systemSlot["CPACR_EL1"]);
  cpu.writeState(state.pc, BigInt(BASE + CODE));
}

const pointer = (random: Random): number => DATA + random.below(4 * 4096);

/** What is loaded is often where something can be loaded from next. */
function randomData(random: Random, values: Values): Uint8Array {
  const ints = new Int32Array(DATA_BYTES / 4);
  for (let at = 0; at < ints.length; at += 2) {
    if (random.chance(0.7)) ints[at] = pointer(random);
    else values.register(ints, at);
  }
  return new Uint8Array(ints.buffer);
}

/** A state block with random registers, flags and modes. */
function randomState(start: Uint8Array, random: Random, values: Values): Uint8Array {
  const block = start.slice();
  const ints = new Int32Array(block.buffer, 0, block.length >> 2);
  const point = (at: number, address: number): void => ints.set([address, 0], at);
  for (let r = 0; r < 31; r++) {
    const at = state.x.offset / 4 + 2 * r;
    if (random.chance(0.5)) point(at, pointer(random));
    else values.register(ints, at);
  }
  point(state.x.offset / 4 + 2 * STACK_POINTER, DATA + 0x1000 + 16 * random.below(256));
  values.vectors(ints, state.v.offset / 4);
  for (let flag = 0; flag < 4; flag++) block[state.flags.offset + flag] = random.below(2);
  // AHP, DN, FZ and the rounding mode; mostly the modes that programs use.
  if (random.chance(0.4)) ints[state.fpcr.offset / 4] = random.below(32) << 22;
  return block;
}
