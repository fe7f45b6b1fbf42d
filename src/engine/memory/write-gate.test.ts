import { beforeAll, describe, expect, it } from "vitest";
import type { Cpu } from "../cpu.ts";
import { CODE_INDEX, HOT_COUNT } from "../layout.ts";
import type { TranslationService } from "../regions/translation-service.ts";
import { bootToy, place, placeTable, r, step, toyInterpreter } from "../testing/toy-cpu.ts";
import { asm, toy, toyState } from "../testing/toy-guest.ts";
import { Translator } from "../translator/index.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = toyInterpreter();
});

/** Handlers of a page's first words, 0 where they are not decoded. */
function decoded(cpu: Cpu, page: number, count: number): number[] {
  const words = new Uint32Array(cpu.memory.buffer);
  const code = words[(CODE_INDEX >> 2) + page]! >> 2;
  return Array.from({ length: count }, (_, word) => (words[code + 2 * word]! & 0xffff ? 1 : 0));
}

describe("a write from outside", () => {
  it("forgets the code of the words it changes, and no other", () => {
    const cpu = bootToy(module, [asm.li(1, 1), asm.li(2, 2), asm.li(3, 3), asm.li(4, 4)]);
    step(cpu, 4);
    expect(decoded(cpu, 0, 5)).toEqual([1, 1, 1, 1, 0]);
    cpu.physical.writeRam(5, Uint8Array.of(0));
    expect(decoded(cpu, 0, 5)).toEqual([1, 0, 1, 1, 0]);
    cpu.pages.replace(0, new Uint8Array(4096));
    expect(decoded(cpu, 0, 5)).toEqual([0, 0, 0, 0, 0]);
  });

  it("drops translations that it changes, and keeps those beside it", () => {
    const translator = new Translator(toy);
    const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };
    const cpu = bootToy(module, [asm.add(2, 2, 1), asm.bnz(1, -1)]);
    cpu.regions.service = atOnce;
    cpu.regions.minHeat = 1;
    cpu.writeState(toyState.r, 1n, 1);
    for (let n = 0; n < 6; n++) step(cpu, HOT_COUNT * 2);
    const { dropped } = cpu.translation!;
    expect(cpu.translation!.regions).toBeGreaterThan(0);
    cpu.physical.writeRam(0x800, new Uint8Array(0x700).fill(1));
    expect(cpu.translation!.dropped).toBe(dropped);
    const before = r(cpu, 2);
    place(cpu, 0, [asm.add(3, 3, 1)]);
    expect(cpu.translation!.dropped).toBeGreaterThan(dropped);
    step(cpu, 20);
    expect([r(cpu, 2), r(cpu, 3)]).toEqual([before, 10n]);
  });

  it("to a page of page tables is followed by the next access", () => {
    const cpu = bootToy(module, [asm.load(1, 7, 0), asm.load(2, 7, 0)]);
    placeTable(cpu, 0x1_0000, [
      [0, 1],
      [5, 0x6001],
    ]);
    cpu.physical.writeRam(0x6000, Uint8Array.of(66));
    cpu.physical.writeRam(0x5000, Uint8Array.of(55));
    cpu.writeState(toyState.table, 0x1_0000n);
    cpu.writeState(toyState.r, 0x5000n, 7);
    cpu.stateChanged();
    step(cpu);
    placeTable(cpu, 0x1_0000, [[5, 0x5001]]);
    step(cpu);
    expect([r(cpu, 1), r(cpu, 2)]).toEqual([66n, 55n]);
  });
});
