import { beforeAll, describe, expect, it } from "vitest";
import type { Cpu } from "../cpu.ts";
import { bootBytes, byteInterpreter, op } from "../testing/byte-cpu.ts";
import { bytes, byteState } from "../testing/byte-guest.ts";
import { Translator } from "../translator/index.ts";

let interpreter: WebAssembly.Module;
const translator = new Translator(bytes);
beforeAll(() => {
  interpreter = byteInterpreter();
});

const r = (cpu: Cpu, n: number): bigint => cpu.readState(byteState.r, n);
const run = (cpu: Cpu, steps: number): void => {
  for (const until = cpu.position + steps; cpu.position < until;) cpu.run(until);
};

/** Has run, with what it came to at these places of its page translated as soon as it is asked for. */
function hot(code: readonly number[], { at = 0x4000, mode = 0, places = [0] } = {}): Cpu {
  const cpu = bootBytes(interpreter, code, at);
  cpu.writeState(byteState.mode, BigInt(mode));
  cpu.stateChanged();
  cpu.regions.service = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };
  cpu.regions.minHeat = 1;
  run(cpu, 20);
  heat(cpu, at, mode, places);
  return cpu;
}
function heat(cpu: Cpu, at: number, mode: number, places: readonly number[]): void {
  for (const place of places) cpu.regions.hot((at >> 12) * 2 + mode, (at & 0xfff) + place);
}
/** Of so many steps from now on, those that are translated. */
function translatedOf(cpu: Cpu, steps: number): number {
  const before = cpu.translation!.translatedSteps;
  run(cpu, steps);
  return cpu.translation!.translatedSteps - before;
}
/** loop: r1 = 7; r2 += r1; branch back. */
const loop = [op("LI", 1), 7, op("ADD", 2), 1, op("BCC", 4), 0xfa];

describe("translated code of instructions of many lengths", () => {
  it("runs to the same states at every position", () => {
    const [translated, interpreted] = [hot(loop), bootBytes(interpreter, loop, 0x4000)];
    run(interpreted, 20);
    for (let n = 1; n < 20; n++) {
      for (const cpu of [translated, interpreted]) run(cpu, n);
      expect([translated.pc, r(translated, 2)]).toEqual([interpreted.pc, r(interpreted, 2)]);
    }
    expect(translatedOf(translated, 3000)).toBeGreaterThan(2990);
  });

  it("holds two readings of the same bytes, which go on in one", () => {
    // The way back leads into the LI: its immediate is an INC.
    const cpu = hot([op("LI", 1), op("INC", 3), op("ADD", 2), 1, op("BCC", 4), 0xfb], { places: [1] });
    expect(translatedOf(cpu, 3000)).toBeGreaterThan(2990);
    expect(r(cpu, 3)).toBe(1006n);
    const { regions } = translator.translate([
      { units: Uint8Array.from([...loop, ...new Uint8Array(4090)]), entry: 0, entries: Uint16Array.of(0) },
    ]);
    expect([...regions[0]!.covered]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each([0, 1])("is dropped in every mode by what a device writes (mode %i)", (mode) => {
    // LI and branch have immediates of four bytes in mode 1.
    const code = mode ? [op("LI", 1), 7, 0, 0, 0, op("ADD", 2), 1, op("BCC", 4), 0xf4, 0xff, 0xff, 0xff] : loop;
    const cpu = hot(code, { mode });
    expect(translatedOf(cpu, 300)).toBeGreaterThan(290);
    // Beside it, nothing goes.
    cpu.physical.writeRam(0x4100, new Uint8Array(16));
    expect(cpu.regions.counters.dropped).toBe(0);
    run(cpu, (3 - (cpu.position % 3)) % 3);
    const before = r(cpu, 2);
    cpu.physical.writeRam(0x4001, Uint8Array.of(9));
    expect(cpu.regions.counters.dropped).toBe(1);
    run(cpu, 6);
    expect(r(cpu, 2) - before).toBe(18n);
  });

  it("ends before what straddles a page, which is looked at each time", () => {
    // At the end of the page: LI r1, immediate in the next page; there: r2 += r1; branch back before the LI.
    const cpu = hot([op("INC", 3), op("INC", 3), op("LI", 1), 5, op("ADD", 2), 1, op("BCC", 4), 0xf9], {
      at: 0x4ffd,
      places: [1],
    });
    heat(cpu, 0x5000, 0, [1]);
    expect(translatedOf(cpu, 600)).toBeGreaterThan(445);
    while (cpu.pc !== 0x4ffen) run(cpu, 1);
    const before = r(cpu, 2);
    // The second half changes under it.
    cpu.physical.writeRam(0x5000, Uint8Array.of(6));
    run(cpu, 4);
    expect(r(cpu, 2) - before).toBe(6n);
  });

  it("calls pure routines without leaving, and repeats an instruction inside", () => {
    // r1 = 4; FILL: five steps; MIX r3; branch back.
    const cpu = hot([op("LI", 1), 4, op("FILL"), op("MIX", 3), 3, op("BCC", 4), 0xf9]);
    cpu.writeState(byteState.r, 0x8000n, 2);
    // The first store finds its page.
    run(cpu, 8);
    const { exits } = cpu.translation!;
    expect(translatedOf(cpu, 800)).toBeGreaterThan(790);
    expect(cpu.translation!.exits).toEqual({ ...exits, budget: exits.budget + 1 });
    expect(r(cpu, 2)).toBeGreaterThan(0x8190n);
  });
});

describe("breakpoints in translated code of many lengths", () => {
  const stop = (cpu: Cpu, ...addresses: bigint[]): void => {
    const from = cpu.position;
    cpu.hits = { breakpoint: () => cpu.position !== from, watch: () => false };
    cpu.setBreakpoints(new Set(addresses));
  };

  it("stop, and are translated over again when they are gone", () => {
    const cpu = hot(loop);
    run(cpu, 100);
    stop(cpu, 0x4002n);
    expect([cpu.run(cpu.position + 100), cpu.pc]).toEqual(["breakpoint", 0x4002n]);
    stop(cpu);
    run(cpu, 10);
    heat(cpu, 0x4000, 0, [0]);
    expect(translatedOf(cpu, 300)).toBeGreaterThan(290);
  });

  it("inside an instruction stop nothing, and it is not translated again and again", () => {
    // Regression: it was, and what came fitted nowhere.
    const cpu = hot(loop);
    stop(cpu, 0x4001n);
    // That the page has it is found out when it is fetched from.
    run(cpu, 1);
    const { modules } = cpu.regions.counters;
    for (let n = 0; n < 20; n++) {
      heat(cpu, 0x4000, 0, [0, 2]);
      run(cpu, 10);
    }
    expect(cpu.regions.counters.modules - modules).toBe(1);
    expect(translatedOf(cpu, 300)).toBeGreaterThan(190);
  });
});
