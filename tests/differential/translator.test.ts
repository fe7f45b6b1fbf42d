import { describe, expect, it } from "vitest";
import type { Cpu, TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64, reset, state } from "../../src/isa/arm64/index.ts";
import { Decoder } from "../../src/isa/index.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { core } from "./core.ts";
import { Random } from "./random.ts";

const BASE = 0x4000_0000;
const DATA = BASE + 0x10_0000;
const CODE = 0x100;
const LENGTH = 14;
/** Words before and after the program, so that branches out of it land on something. */
const NOP = 0xd503201f;

const decoder = new Decoder(arm64.instructions);
/** What ends a program at once, or leaves it, is left out; branches are made apart. */
const left =
  /^(ERET|HINT|SVC|HVC|SMC|MSR|MRS|SYS|BRK|HLT|DCPS|UDF|B|BL|B\.cond|CBZ.*|TBZ.*|BR|BLR|RET)$|^(CBZ|TBZ|MRS|MSR|SYS|DC |IC |AT |TLBI|B,)/;
const rows = arm64.instructions.filter((row) => row.todo === undefined && !left.test(row.name));
const interpreter = loadInterpreter();
const translator = new Translator(arm64);

const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };

/** A branch to somewhere in or just around the program: B.cond, CBZ, CBNZ, TBZ or TBNZ. */
function branch(random: Random): number {
  const distance = (random.u32() % (2 * LENGTH)) - LENGTH;
  const register = random.u32() % 31;
  switch (random.u32() % 3) {
    case 0:
      return 0x54000000 | ((distance & 0x7ffff) << 5) | (random.u32() % 14);
    case 1:
      return 0xb4000000 | ((random.u32() & 1) << 24) | ((distance & 0x7ffff) << 5) | register;
    default:
      return (
        0x36000000 | ((random.u32() & 1) << 24) | ((random.u32() % 32) << 19) | ((distance & 0x3fff) << 5) | register
      );
  }
}

function instruction(random: Random): number {
  for (;;) {
    const row = random.pick(rows);
    const word = (row.pattern.value | (random.u32() & ~row.pattern.mask)) >>> 0;
    if (decoder.row(word) === row) return word;
  }
}

function prepare(cpu: Cpu, program: readonly number[], random: Random): void {
  reset((field, value, index) => cpu.writeState(field, value, index));
  cpu.position = 0;
  const words = [...Array<number>(CODE / 4).fill(NOP), ...program, ...Array<number>(64).fill(NOP)];
  cpu.physical.writeRam(BASE, new Uint8Array(new Uint32Array(words.map((w) => w >>> 0)).buffer));
  for (let page = 0; page < 4; page++) cpu.physical.writeRam(DATA + page * 4096, new Uint8Array(4096).fill(page + 1));
  for (let r = 0; r < 31; r++) {
    const kinds = [BigInt(random.u32() % 64), BigInt(DATA + (random.u32() % 8192)), (1n << 64n) - 1n];
    const wide = (BigInt(random.u32()) << 32n) | BigInt(random.u32());
    cpu.writeState(state.x, random.chance(0.5) ? random.pick(kinds) : wide, r);
    cpu.writeState(state.v, (wide << 64n) | BigInt(random.u32()), r);
  }
  cpu.writeState(state.x, BigInt(DATA + 4096), 32);
  for (let flag = 0; flag < 4; flag++) cpu.writeState(state.flags, BigInt(random.u32() & 1), flag);
  cpu.writeState(state.pc, BigInt(BASE + CODE));
  cpu.stateChanged();
  cpu.writeState(state.fpTrapped, 0n);
}

const run = (cpu: Cpu, steps: number): void => {
  for (const until = cpu.position + steps; cpu.position < until;) cpu.run(until);
};

describe("translated A64 beside the interpreter", () => {
  it("random programs with branches, faults and any budget end in the same state", { timeout: 120_000 }, () => {
    const [interpreted, translated] = [core(interpreter, BASE), core(interpreter, BASE, atOnce)];
    for (let n = 0; n < 400; n++) {
      const random = new Random(n);
      const program = Array.from({ length: LENGTH }, () => (random.chance(0.2) ? branch(random) : instruction(random)));
      const budgets = Array.from({ length: 3 }, () => 1 + (random.u32() % 40));
      for (const cpu of [interpreted, translated]) {
        prepare(cpu, program, new Random(n + 1_000_000));
        // The page is known to the CPU once something of it has run.
        run(cpu, 1);
        for (let word = 0; word < LENGTH; word++) cpu.regions.hot(0, CODE / 4 + word);
        for (const budget of budgets) run(cpu, budget);
      }
      const shown = program.map((word, i) => decoder.disassemble(word, BigInt(BASE + CODE + i * 4))).join("\n");
      expect(translated.position, shown).toBe(interpreted.position);
      expect(translated.saveState(), shown).toEqual(interpreted.saveState());
      for (let page = 0x100; page < 0x104; page++)
        expect([...translated.pages.hash(page)], shown).toEqual([...interpreted.pages.hash(page)]);
      translated.evictCaches();
    }
    expect(translated.regions.counters.installed).toBeGreaterThan(350);
  });
});
