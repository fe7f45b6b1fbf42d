import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../tests/differential/random.ts";
import { Breakpoints } from "./breakpoints.ts";
import type { Cpu } from "../cpu.ts";
import { bootToy, place, placeTable, toyInterpreter } from "../testing/toy-cpu.ts";
import { asm, toy, toyState, TRAP_VECTOR } from "../testing/toy-guest.ts";
import type { TranslationService } from "../regions/translation-service.ts";
import { Translator } from "../translator/index.ts";

describe("the words that ask", () => {
  function build() {
    const changes: [number, number[]][] = [];
    let lookups = 0;
    const breakpoints = new Breakpoints(
      toy,
      () => undefined,
      (page, words) => void changes.push([page, [...words]]),
      () => void lookups++,
    );
    return { breakpoints, changes: () => changes.splice(0), lookups: () => lookups };
  }

  it("are on the pages that a breakpoint's virtual page leads to, and on no others", () => {
    const { breakpoints, changes, lookups } = build();
    breakpoints.set(new Set([0xffff800008123008n, 0xffff80000812300cn]));
    breakpoints.fetched(0xffff800008124, 5);
    breakpoints.fetched(0xffff800008123, 6);
    breakpoints.fetched(0xffff800008123, 6);
    breakpoints.fetched(0xffff800008123, 7);
    expect(changes()).toEqual([
      [6, [2, 3]],
      [7, [2, 3]],
    ]);
    expect([5, 6, 7].map((page) => [...breakpoints.placesOf(page)])).toEqual([[], [2, 3], [2, 3]]);
    expect(lookups()).toBe(1);
  });

  it("ask no longer when the breakpoints are gone, and stay what they are when the same are set again", () => {
    const { breakpoints, changes, lookups } = build();
    const addresses = new Set([0x1008n, 0x2008n]);
    breakpoints.set(addresses);
    breakpoints.fetched(1, 6);
    breakpoints.fetched(2, 6);
    breakpoints.fetched(2, 7);
    expect(changes()).toEqual([
      [6, [2]],
      [7, [2]],
    ]);
    breakpoints.set(new Set(addresses));
    expect([changes(), lookups()]).toEqual([[], 1]);
    breakpoints.set(new Set());
    expect(changes()).toEqual([
      [6, [2]],
      [7, [2]],
    ]);
    expect([breakpoints.placesOf(6).size, lookups()]).toEqual([0, 1]);
  });
});

describe("breakpoints beside single steps", () => {
  let interpreter: WebAssembly.Module;
  const translator = new Translator(toy);
  beforeAll(() => {
    interpreter = toyInterpreter();
  });
  const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };

  const TABLES = [0x10000, 0x11000];
  /** Virtual pages of code, and the pages of RAM that they may lead to. */
  const VIRTUAL = [0x20, 0x21, 0x22, 0x23];
  const PHYSICAL = [0x30, 0x31, 0x32];

  /** r0, r1: where jumps lead to; r2, r3: descriptors; r4: a descriptor's address; r5, r6: tables; r7 counts. */
  function code(random: Random): number {
    const jump = asm.jump(random.below(2));
    const others = [asm.store(2 + random.below(2), 4, 3), asm.table(5 + random.below(2)), asm.store(7, 4, 3, 0xc00)];
    return random.chance(0.1) ? jump : random.chance(0.05) ? random.pick(others) : asm.add(7, 7, 2);
  }

  function boot(seed: number, service?: TranslationService): Cpu {
    const random = new Random(seed);
    const cpu = bootToy(interpreter, [asm.table(5), asm.jump(0)], Number(TRAP_VECTOR));
    cpu.regions.service = service;
    cpu.regions.minHeat = 1;
    cpu.regions.coldCode = true;
    for (const page of PHYSICAL)
      place(
        cpu,
        page * 4096,
        Array.from({ length: 1024 }, () => code(random)),
      );
    for (const table of TABLES) {
      placeTable(
        cpu,
        table,
        [0, ...TABLES.map((at) => at >> 12)].map((page) => [page, (page << 12) | 3]),
      );
      placeTable(
        cpu,
        table,
        VIRTUAL.map((page) => [page, (random.pick(PHYSICAL) << 12) | 3]),
      );
    }
    return cpu;
  }

  function poke(cpu: Cpu, random: Random): void {
    const target = (): bigint => BigInt(random.pick(VIRTUAL) * 4096 + random.below(64) * 4);
    const descriptor = (): bigint => BigInt((random.pick(PHYSICAL) << 12) | 3);
    const at = random.pick(TABLES) + random.pick(VIRTUAL) * 8;
    const values = [target(), target(), descriptor(), descriptor(), BigInt(at), ...TABLES.map(BigInt)];
    values.forEach((value, n) => cpu.writeState(toyState.r, value, n));
  }

  it("stop before the fault where nothing can be fetched, and that counts as executed", () => {
    // Regression: words were walked first; the fault was taken, and the stop never came.
    const cpu = boot(1);
    cpu.writeState(toyState.table, BigInt(TABLES[0]!));
    cpu.writeState(toyState.pc, 0x40008n);
    cpu.stateChanged();
    const from = cpu.position;
    cpu.setBreakpoints(new Set([0x40008n]));
    cpu.hits = { breakpoint: () => true, watch: () => false };
    expect([cpu.run(from + 1), cpu.position, cpu.pc]).toEqual(["breakpoint", from, 0x40008n]);
    expect(cpu.mayHaveExecuted(0x40008n)).toBe(false);
    cpu.hits = undefined;
    cpu.beginFootprint();
    cpu.run(from + 1);
    expect([cpu.pc, cpu.readState(toyState.trapPc)]).toEqual([TRAP_VECTOR, 0x40008n]);
    expect([cpu.mayHaveExecuted(0x40008n), cpu.footprint.mayExecute(0x40008n)]).toEqual([true, true]);
    expect(cpu.mayHaveExecuted(0x4000cn)).toBe(false);
  });

  it.each([1, 2, 3])("stop at the same positions, whatever is mapped, translated or not (seed %i)", (seed) => {
    const random = new Random(seed);
    const stepped = boot(seed);
    const runners = [boot(seed), boot(seed, atOnce)];
    let breakpoints = new Set<bigint>();
    let stops = 0;
    for (let n = 0; n < 300; n++) {
      if (random.chance(0.3)) {
        const near = (): bigint => BigInt(random.pick(VIRTUAL) * 4096 + random.below(80) * 4);
        breakpoints = new Set(Array.from({ length: random.below(16) }, near));
        for (const cpu of runners) cpu.setBreakpoints(breakpoints);
      }
      const pokes = random.u32();
      for (const cpu of [stepped, ...runners]) poke(cpu, new Random(pokes));
      const [from, until] = [stepped.position, stepped.position + 1 + random.below(400)];
      do stepped.run(stepped.position + 1);
      while (stepped.position < until && !breakpoints.has(stepped.pc));
      if (stepped.position < until) stops++;
      for (const cpu of runners) {
        cpu.hits = { breakpoint: () => cpu.position !== from, watch: () => false };
        const page = random.pick(PHYSICAL);
        for (let heat = 0; heat < 3; heat++) cpu.regions.hot(page, random.below(64));
        while (cpu.position < until && cpu.run(until) === "budget");
        expect([n, cpu.position, cpu.pc.toString(16)]).toEqual([n, stepped.position, stepped.pc.toString(16)]);
        expect(cpu.saveState()).toEqual(stepped.saveState());
      }
    }
    expect(stops).toBeGreaterThan(20);
    expect(runners[1]!.translation!.translatedSteps).toBeGreaterThan(100);
  });
});
