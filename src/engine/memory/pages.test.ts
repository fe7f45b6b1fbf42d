import { beforeAll, describe, expect, it } from "vitest";
import type { Cpu } from "../cpu.ts";
import { bootToy, r, step, toyInterpreter } from "../testing/toy-cpu.ts";
import { asm, toyState } from "../testing/toy-guest.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = toyInterpreter();
});

/** Stores r1 at r7 for ever. */
function storing(): Cpu {
  const cpu = bootToy(module, [asm.add(1, 1, 6), asm.store(1, 7, 3), asm.load(3, 7, 3), asm.bnz(6, -3)]);
  cpu.writeState(toyState.r, 1n, 6);
  cpu.writeState(toyState.r, 0x1_0000n, 7);
  return cpu;
}

describe("pages that somebody shows", () => {
  it("are told each time they have changed, by whomever, and only then", () => {
    const cpu = storing();
    step(cpu, 8);
    const shown = cpu.pages.show(0x10, 4);
    expect(shown.take()).toEqual([]);
    step(cpu, 4);
    expect([shown.take(), shown.take()]).toEqual([[0x10], []]);
    step(cpu, 40);
    cpu.physical.writeRam(0x1_2ffe, new Uint8Array(4));
    cpu.physical.writeRam(0x1_4000, new Uint8Array(4));
    expect(shown.take()).toEqual([0x10, 0x12, 0x13]);
    cpu.pages.replace(0x11, new Uint8Array(4096));
    expect([shown.take(), r(cpu, 3)]).toEqual([[0x11], 13n]);
  });

  it("are written once per epoch, and hashed as they are", () => {
    const [cpu, other] = [storing(), storing()];
    const shown = cpu.pages.show(0x10, 1);
    const copies: number[] = [];
    for (const one of [cpu, other]) one.pages.beginEpoch();
    cpu.pages.onFirstWrite = (page) => copies.push(page);
    for (let round = 0; round < 5; round++) {
      for (const one of [cpu, other]) step(one, 4);
      expect(cpu.pages.hash(0x10)).toEqual(other.pages.hash(0x10));
      step(cpu, 4);
      step(other, 4);
      expect(shown.take()).toEqual([0x10]);
      expect(cpu.pages.hash(0x10)).toEqual(other.pages.hash(0x10));
    }
    expect(copies).toEqual([0x10]);
    expect([cpu.pages.beginEpoch(), cpu.pages.beginEpoch()]).toEqual([[0x10], []]);
    step(cpu, 4);
    expect([copies, cpu.pages.beginEpoch(), shown.take()]).toEqual([[0x10, 0x10], [0x10], [0x10]]);
  });
});
