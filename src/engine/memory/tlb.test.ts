import { beforeAll, describe, expect, it } from "vitest";
import type { Cpu } from "../cpu.ts";
import { ENGINE, PAGE_FLAGS, PAGE_IS_DIRTY, PAGE_WAS_WALKED } from "../layout.ts";
import { type Access, bootToy, place, placeTable, r, step, toyInterpreter } from "../testing/toy-cpu.ts";
import { asm, toyState } from "../testing/toy-guest.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = toyInterpreter();
});
const boot = (program: readonly number[], at?: number, accesses?: Access[]): Cpu =>
  bootToy(module, program, at, accesses);

describe("the TLB is a pure cache", () => {
  const TABLE = 0x10000;
  const program = [asm.load(1, 7, 3), asm.load(2, 7, 3), asm.store(3, 6, 3), asm.load(4, 7, 3)];

  function mapped(): Cpu {
    const cpu = boot(program);
    placeTable(cpu, TABLE, [
      [0, 0x0000 | 1],
      [4, 0x5000 | 3],
      [0x10, TABLE | 3],
      [6, 0x7000 | 1],
    ]);
    cpu.physical.writeRam(0x5000, Uint8Array.of(55));
    cpu.physical.writeRam(0x6000, Uint8Array.of(66));
    cpu.writeState(toyState.table, BigInt(TABLE));
    cpu.writeState(toyState.r, 0x4000n, 7);
    cpu.writeState(toyState.r, BigInt(TABLE + 4 * 8), 6);
    cpu.stateChanged();
    return cpu;
  }

  it("follows a store to a descriptor at the next access, without an invalidation", () => {
    const cpu = mapped();
    cpu.writeState(toyState.r, 0x6001n, 3);
    step(cpu, 4);
    expect([r(cpu, 1), r(cpu, 2), r(cpu, 4)]).toEqual([55n, 55n, 66n]);
  });

  it("forgets that a page held page tables when only stores reach it any more, until it is walked again", () => {
    const cpu = mapped();
    const flags = (): number => new Uint8Array(cpu.memory.buffer)[PAGE_FLAGS + (TABLE >> 12)]!;
    const go = (table: number, words: readonly number[], pointer: number): void => {
      place(cpu, 0, words);
      cpu.writeState(toyState.table, BigInt(table));
      cpu.writeState(toyState.r, 0x6001n, 3);
      cpu.writeState(toyState.r, BigInt(pointer), 6);
      cpu.writeState(toyState.pc, 0n);
      cpu.stateChanged();
    };
    // Each of these stores replaces what could be a descriptor.
    const stores = [asm.store(3, 6, 3), asm.bnz(3, -1)];
    go(TABLE, stores, TABLE + 0x800);
    step(cpu, 64);
    expect(flags() & PAGE_WAS_WALKED).toBe(PAGE_WAS_WALKED);
    go(0, stores, TABLE + 0x800);
    step(cpu, 64);
    expect(flags()).toBe(PAGE_IS_DIRTY);
    go(TABLE, program, TABLE + 4 * 8);
    step(cpu, 4);
    expect([r(cpu, 1), r(cpu, 2), r(cpu, 4)]).toEqual([55n, 55n, 66n]);
  });

  it("follows a store to a descriptor that maps one page here and another one there", () => {
    // Two tables in one page, two words apart: the same descriptor is number 4 of the first and number 2 of the other.
    const cpu = mapped();
    placeTable(cpu, TABLE, [[2, 0x0000 | 1]]);
    place(cpu, 0, [
      asm.table(5),
      asm.load(1, 0, 3),
      asm.table(4),
      asm.load(2, 7, 3),
      asm.store(3, 6, 3),
      asm.load(2, 7, 3),
      asm.table(5),
      asm.load(1, 0, 3),
    ]);
    cpu.writeState(toyState.r, 0x2000n, 0);
    cpu.writeState(toyState.r, BigInt(TABLE), 4);
    cpu.writeState(toyState.r, BigInt(TABLE + 16), 5);
    cpu.writeState(toyState.r, 0x6001n, 3);
    step(cpu, 4);
    expect([r(cpu, 1), r(cpu, 2)]).toEqual([55n, 55n]);
    step(cpu, 4);
    expect([r(cpu, 1), r(cpu, 2)]).toEqual([66n, 66n]);
  });

  it("forgets one page alone when its descriptor is stored to, and keeps the others", () => {
    const cpu = mapped();
    const generation = (): bigint => new DataView(cpu.memory.buffer).getBigInt64(ENGINE.generation, true);
    cpu.writeState(toyState.r, 0x6001n, 3);
    step(cpu, 2);
    const before = generation();
    step(cpu, 2);
    expect([r(cpu, 1), r(cpu, 4), generation()]).toEqual([55n, 66n, before]);
  });

  it("follows an unaligned store whose middle is a descriptor", () => {
    const cpu = mapped();
    place(cpu, 8, [asm.store16(3, 6)]);
    cpu.writeState(toyState.r, BigInt(TABLE + 4 * 8 - 4), 6);
    // Descriptors 3 and 5 were empty; the one between becomes 0x6001.
    cpu.writeState(toyState.r, 0x6001_0000_0000n, 3);
    step(cpu, 4);
    expect([r(cpu, 1), r(cpu, 2), r(cpu, 4)]).toEqual([55n, 55n, 66n]);
  });

  it("unmaps the page in execution at the next instruction", () => {
    const cpu = mapped();
    cpu.writeState(toyState.r, BigInt(TABLE), 6);
    step(cpu, 4);
    expect([cpu.readState(toyState.cause), cpu.readState(toyState.trapPc)]).toEqual([1n, 12n]);
  });

  it("refuses a write to a read-only page, also after reading it", () => {
    const cpu = mapped();
    cpu.writeState(toyState.r, 0x6000n, 7);
    cpu.writeState(toyState.r, 0x6000n, 6);
    step(cpu, 3);
    expect([cpu.readState(toyState.cause), cpu.readState(toyState.trapPc)]).toEqual([1n, 8n]);
  });

  it("keeps address spaces apart", () => {
    const cpu = boot([
      asm.table(1),
      asm.load(3, 7, 3),
      asm.table(2),
      asm.load(4, 7, 3),
      asm.table(1),
      asm.load(5, 7, 3),
    ]);
    placeTable(cpu, 0x20000, [
      [0, 1],
      [4, 0x5001],
    ]);
    placeTable(cpu, 0x30000, [
      [0, 1],
      [4, 0x6001],
    ]);
    cpu.physical.writeRam(0x5000, Uint8Array.of(55));
    cpu.physical.writeRam(0x6000, Uint8Array.of(66));
    [0, 0x20000, 0x30000].forEach((value, n) => cpu.writeState(toyState.r, BigInt(value), n));
    cpu.writeState(toyState.r, 0x4000n, 7);
    step(cpu, 6);
    expect([r(cpu, 3), r(cpu, 4), r(cpu, 5)]).toEqual([55n, 66n, 55n]);
  });

  it("changes nothing when every cache is dropped at every step", () => {
    const kept = mapped();
    const dropped = mapped();
    for (const cpu of [kept, dropped]) cpu.writeState(toyState.r, 0x6001n, 3);
    step(kept, 4);
    for (let n = 0; n < 4; n++) {
      dropped.evictCaches();
      step(dropped);
    }
    expect(dropped.saveState()).toEqual(kept.saveState());
  });
});
