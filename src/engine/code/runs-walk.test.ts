import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../tests/differential/random.ts";
import type { Cpu } from "../cpu.ts";
import { bootBytes, BYTE_RAM, byteInterpreter, op, portSays, stateOf, stateOfModel } from "../testing/byte-cpu.ts";
import { bytes, byteOpcode, byteState } from "../testing/byte-guest.ts";
import { ByteModel } from "../testing/byte-model.ts";
import type { TranslationService } from "../regions/translation-service.ts";
import { Translator } from "../translator/index.ts";

let interpreter: WebAssembly.Module;
const translator = new Translator(bytes);
/** Code is there as soon as it is asked for, or comes a few runs later. */
const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };
class Later implements TranslationService {
  private readonly ready: (() => void)[] = [];
  request: TranslationService["request"] = (requests, done) => {
    this.ready.push(() => done(translator.answer({ id: 0, requests })));
  };
  arrive(): void {
    while (this.ready.length > 0) this.ready.shift()!();
  }
}

beforeAll(() => {
  interpreter = byteInterpreter();
});

const TABLE = 0x10000;
/** Pages of code, under two virtual addresses each; neighbours follow each other in one of them only. */
const CODE = [4, 5, 6, 7];
const VIRTUAL = [4, 5, 6, 7, 0x20, 0x21, 0x22, 0x23];
const DATA = 8;

/** Mostly instructions that go on; some branch, a few change what all depends on. */
const COMMON = [
  "INC",
  "LI",
  "ADD",
  "CMP",
  "LOAD",
  "STORE",
  "PUSH",
  "POP",
  "MOVB",
  "MOVW",
  "MIX",
  "FILL",
  "TIME",
  "PUSH2",
];
const CONTROL = ["BCC", "BCC", "BCC", "CALL", "RET", "JUMP"];
const RARE = ["IN", "OUT", "HALT", "MODE", "ENABLE", "IRET", "TABLE"];

function program(random: Random): Uint8Array {
  const page = Uint8Array.from({ length: 4096 }, () => random.u32() & 0xff);
  // Instructions of the first mode, with small displacements; the other mode reads them otherwise.
  for (let at = 0; at < 4096;) {
    const kind = random.below(100);
    const name = random.pick(kind < 72 ? COMMON : kind < 96 ? CONTROL : RARE);
    const cc = name === "BCC" ? random.below(5) : random.below(8);
    page[at++] = (byteOpcode(name) << 3) | cc;
    if (["BCC", "CALL", "LI"].includes(name) && at < 4096) page[at++] = random.below(120) - 60;
    else if (["LOAD", "STORE"].includes(name)) at += 2;
    else if (["ADD", "CMP", "MOVB", "MOVW", "MIX", "PUSH2", "IN", "OUT"].includes(name)) at++;
  }
  return page;
}

/** Everything that looks at a machine from outside does the same to the model. */
class Walk {
  readonly model = new ByteModel(BYTE_RAM);
  readonly cpus: Cpu[];
  breakpoints = new Set<bigint>();
  private readonly later = new Later();

  /** One steps, one runs as far as it may, one anyhow, and two of translated code. */
  constructor(readonly random: Random) {
    const services = [undefined, undefined, undefined, atOnce, this.later];
    this.cpus = services.map((service) => {
      const cpu = bootBytes(interpreter);
      cpu.regions.service = service;
      cpu.regions.minHeat = 1;
      cpu.regions.coldCode = random.chance(0.5);
      return cpu;
    });
    for (const page of CODE) this.write(page * 4096, program(random));
    this.write(0x800, Uint8Array.from([op("JUMP", 6), op("BCC", 4), 0xfd]));
    this.write(0x900, Uint8Array.from([op("INC", 5), op("IRET"), op("BCC", 4), 0xfe]));
    for (const page of [0, 1, ...VIRTUAL, DATA, 9]) this.map(page, page < 0x20 ? page : 0);
    this.remap();
    this.poke();
    this.registers();
  }

  write(at: number, bytes: Uint8Array): void {
    this.model.memory.set(bytes, at);
    for (const cpu of this.cpus) cpu.physical.writeRam(at, bytes);
  }

  private map(page: number, physical: number, bits = 3): void {
    this.write(TABLE + page * 8, new Uint8Array(BigUint64Array.of(BigInt((physical << 12) | bits)).buffer));
  }

  remap(): void {
    for (const page of [0x20, 0x21, 0x22, 0x23])
      this.map(page, this.random.pick(CODE), this.random.chance(0.15) ? 0 : this.random.chance(0.2) ? 1 : 3);
  }

  /** Where jumps lead and accesses go to, so that most do something. */
  registers(): void {
    const { random, model } = this;
    const inCode = (): bigint =>
      BigInt(random.pick(VIRTUAL) * 4096 + (random.chance(0.2) ? 4080 + random.below(16) : random.below(4096)));
    const inData = (): bigint => BigInt(DATA * 4096 + random.below(4096));
    for (let n = 0; n < 8; n++)
      model.r[n] = random.chance(0.4) ? inCode() : random.chance(0.7) ? inData() : BigInt(random.below(40));
    model.halted = 0n;
    model.r[1] = BigInt(random.below(30));
    model.r[7] = BigInt(DATA * 4096 + 0x800 + random.below(16));
    model.r[6] = inCode();
    model.pc = inCode();
    this.put();
  }

  poke(): void {
    this.model.mode = this.random.below(2);
    this.model.table = this.random.chance(0.8) ? BigInt(TABLE) : 0n;
    this.put();
  }

  private put(): void {
    const { model } = this;
    for (const cpu of this.cpus) {
      model.r.forEach((value, n) => cpu.writeState(byteState.r, value, n));
      cpu.writeState(byteState.pc, model.pc);
      cpu.writeState(byteState.table, model.table);
      cpu.writeState(byteState.mode, BigInt(model.mode));
      cpu.writeState(byteState.halted, model.halted);
      cpu.stateChanged();
    }
  }

  /** So many steps of the model, or up to a breakpoint other than where it begins. */
  private modelRuns(count: number): boolean {
    for (let n = 0; n < count; n++) {
      if (n > 0 && !this.model.halted && this.breakpoints.has(this.model.pc)) return true;
      this.model.step((port) => portSays(port, this.model.position - 1));
    }
    return false;
  }

  run(count: number): boolean {
    const { model } = this;
    const from = model.position;
    const stopped = this.modelRuns(count);
    this.cpus.forEach((cpu, which) => {
      cpu.hits = { breakpoint: () => cpu.position !== from, watch: () => false };
      for (;;) {
        const slice =
          which === 0 ? 1 : which === 1 || which === 3 ? from + count - cpu.position : 1 + this.random.below(50);
        if (cpu.position >= from + count || cpu.run(Math.min(from + count, cpu.position + slice)) === "breakpoint")
          break;
        cpu.waiting = false;
      }
      this.expectSame(cpu);
    });
    return stopped;
  }

  /** Places near where the model was are translated. */
  heat(): void {
    const { random, model } = this;
    for (const cpu of this.cpus.slice(3))
      for (let n = 0; n < 6; n++) {
        const place = random.chance(0.5) ? Number(model.pc & 0xfffn) : random.below(4096);
        cpu.regions.hot(random.pick(CODE) * 2 + model.mode, place);
      }
    if (random.chance(0.3)) this.later.arrive();
  }

  interrupt(): void {
    if (!this.model.enabled) return;
    this.model.interrupt();
    for (const cpu of this.cpus) cpu.interrupt();
  }

  setBreakpoints(): void {
    const { random, model } = this;
    const near = (): bigint => BigInt(random.pick(VIRTUAL) * 4096 + random.below(4096));
    this.breakpoints = new Set([model.pc + 3n, model.pc + 7n, ...Array.from({ length: random.below(30) }, near)]);
    for (const cpu of this.cpus) cpu.setBreakpoints(this.breakpoints);
  }

  expectSame(cpu: Cpu): void {
    expect(stateOf(cpu)).toEqual(stateOfModel(this.model));
  }

  expectSameMemory(): void {
    for (const cpu of this.cpus) {
      const memory = cpu.physical.readRam(0, BYTE_RAM)!;
      for (let at = 0; at < BYTE_RAM; at++)
        if (memory[at] !== this.model.memory[at]) expect([at, memory[at]]).toEqual([at, this.model.memory[at]]);
    }
  }
}

describe("a random walk of the byte guest beside its model", () => {
  it.each([1, 2, 3, 4, 5, 6])("takes the same steps, however it is cut (seed %i)", (seed) => {
    const random = new Random(seed);
    const walk = new Walk(random);
    let stops = 0;
    for (let n = 0; n < 400; n++) {
      const dice = random.below(20);
      if (random.chance(0.5)) walk.registers();
      if (dice < 2) walk.remap();
      else if (dice < 4) walk.poke();
      else if (dice < 6) walk.setBreakpoints();
      else if (dice < 7) walk.interrupt();
      else if (dice < 8)
        walk.write(
          random.pick(CODE) * 4096 + random.below(4090),
          Uint8Array.from({ length: 6 }, () => random.below(256)),
        );
      else if (dice < 9) random.pick(walk.cpus).evictCaches();
      else if (dice < 10) walk.write(random.pick(CODE) * 4096, program(random));
      walk.heat();
      if (walk.run(1 + random.below(300))) stops++;
    }
    walk.expectSameMemory();
    expect(stops).toBeGreaterThan(3);
    const translated = walk.cpus.slice(3).map((cpu) => cpu.translation!.translatedSteps);
    expect(translated[0]! + translated[1]!).toBeGreaterThan(1);
  });
});
