import { beforeAll, describe, expect, it } from "vitest";
import { Cpu } from "../cpu.ts";
import { Engine } from "../engine.ts";
import { HOT_COUNT } from "../layout.ts";
import { type Access, place, r, step, toyInterpreter } from "../testing/toy-cpu.ts";
import { asm, toy, toyState } from "../testing/toy-guest.ts";
import type { TranslationService } from "../regions/translation-service.ts";
import { Translator } from "../translator/index.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = toyInterpreter();
});

describe("ROM", () => {
  const ROM = 0x4000_0000;
  const accesses: Access[] = [];

  function bootFromRom(program: readonly number[]): Cpu {
    accesses.length = 0;
    const host = {
      mmioRead(address: number, bytes: number) {
        accesses.push({ address, bytes });
        return 0x77;
      },
      mmioWrite(address: number, bytes: number, value: number) {
        accesses.push({ address, bytes, value });
        return true;
      },
      guest: {},
    };
    const blocks = [
      { name: "ram", bytes: 1 << 20 },
      { name: "rom", bytes: 0x800_0000 },
    ];
    const cpu = new Cpu(new Engine(toy, module, blocks, host));
    cpu.map.place(0, cpu.block("ram"));
    show(cpu, 0, true);
    show(cpu, 1, true);
    cpu.position = 0;
    cpu.block("rom").write(0, new Uint8Array(new Uint32Array(program.map((w) => w >>> 0)).buffer));
    cpu.block("rom").write(0x400_0000, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    cpu.writeState(toyState.pc, BigInt(ROM));
    cpu.stateChanged();
    return cpu;
  }

  /** Each bank is 64 MB. */
  function show(cpu: Cpu, bank: number, shown: boolean): void {
    const first = cpu.block("rom").firstPage + bank * 0x4000;
    cpu.map.set("read", ROM / 4096 + bank * 0x4000, 0x4000, shown ? first : undefined);
    cpu.map.changed();
  }

  it("is executed and read like RAM; what is stored there goes to its device", () => {
    const cpu = bootFromRom([asm.load(1, 7, 3), asm.store(1, 7, 2), asm.load(2, 7, 3)]);
    cpu.writeState(toyState.r, BigInt(ROM + 0x400_0000), 7);
    step(cpu, 3);
    expect([r(cpu, 1), r(cpu, 2)]).toEqual([0x0807060504030201n, 0x0807060504030201n]);
    expect(accesses).toEqual([{ address: ROM + 0x400_0000, bytes: 4, value: 0x04030201 }]);
    expect(cpu.physical.readRam(ROM, 4)).toBeUndefined();
    expect(cpu.physical.read(ROM + 0x400_0000, 2)).toEqual(Uint8Array.of(1, 2));
  });

  it("is read through its device while it is hidden, bank by bank", () => {
    const cpu = bootFromRom([asm.load(1, 7, 2), asm.load(2, 7, 2), asm.load(3, 7, 2)]);
    cpu.writeState(toyState.r, BigInt(ROM + 0x400_0000), 7);
    step(cpu);
    show(cpu, 1, false);
    step(cpu);
    show(cpu, 1, true);
    step(cpu);
    expect([r(cpu, 1), r(cpu, 2), r(cpu, 3)]).toEqual([0x04030201n, 0x77n, 0x04030201n]);
    show(cpu, 0, false);
    step(cpu);
    expect(cpu.readState(toyState.cause)).toBe(3n);
  });

  it("is part of the pages, behind RAM's, and code follows what is written", () => {
    const cpu = bootFromRom([asm.li(1, 1), asm.bnz(1, -1)]);
    step(cpu, 4);
    cpu.pages.beginEpoch();
    const page = (1 << 20) / 4096;
    cpu.block("rom").write(0, new Uint8Array(new Uint32Array([asm.li(1, 2)]).buffer));
    expect(cpu.pages.beginEpoch()).toEqual([page]);
    expect(cpu.pages.count).toBe(page + 2 * 16384);
    step(cpu, 2);
    expect(r(cpu, 1)).toBe(2n);
  });
});

describe("RAM of 3 GB", () => {
  const loop = [asm.add(2, 2, 1), asm.store(2, 7, 3), asm.load(3, 7, 3), asm.bnz(1, -3)];
  const translator = new Translator(toy);
  const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };

  // Regression: from 2 GB on, indices of words were negative, so that code there was undefined instructions.
  it.each([0x2000_0000, 0x7ab0_0000, 0x9000_0000, 0xbfff_f000])("runs code at %i, translated too", (at) => {
    const host = { mmioRead: () => undefined, mmioWrite: () => false, guest: {} };
    const cpu = new Cpu(new Engine(toy, module, [{ name: "ram", bytes: 3 * 2 ** 30 }], host));
    cpu.map.place(0, cpu.block("ram"));
    cpu.regions.service = atOnce;
    cpu.regions.minHeat = 1;
    cpu.position = 0;
    place(cpu, at, loop);
    cpu.writeState(toyState.r, 1n, 1);
    cpu.writeState(toyState.r, BigInt(at + 0x800), 7);
    cpu.writeState(toyState.pc, BigInt(at));
    cpu.stateChanged();
    for (let n = 1; n <= 10; n++) step(cpu, HOT_COUNT * 4);
    expect([r(cpu, 2), r(cpu, 3)]).toEqual([BigInt(HOT_COUNT * 10), BigInt(HOT_COUNT * 10)]);
    expect(cpu.translation!.translatedSteps).toBeGreaterThan(HOT_COUNT);
    const low = new Cpu(new Engine(toy, module, [{ name: "ram", bytes: 1 << 20 }], host));
    low.map.place(0, low.block("ram"));
    low.physical.writeRam(0x3000, cpu.physical.readRam(at, 4096)!);
    expect([...cpu.pages.hash(at / 4096)]).toEqual([...low.pages.hash(3)]);
  });
});
