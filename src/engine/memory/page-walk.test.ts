import { beforeAll, describe, expect, it } from "vitest";
import { Bus, nobody, PORTS } from "../../hardware/index.ts";
import { Cpu } from "../cpu.ts";
import { Engine } from "../engine.ts";
import { buildInterpreter } from "../interpreter/interpreter.ts";
import { place, placeTable, r, step } from "../testing/toy-cpu.ts";
import { asm, toyState } from "../testing/toy-guest.ts";
import { ACCESSED, DIRTY, pagedAsm, pagedToy, PRESENT, WRITABLE } from "../testing/toy-paged.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = new WebAssembly.Module(Uint8Array.from(buildInterpreter(pagedToy, { optimize: false }).wasm));
});

const TABLE = 0x1_0000;
const RAM = 1 << 20;

function boot(program: readonly number[], ports = new Bus(PORTS)): Cpu {
  const cpu = new Cpu(
    new Engine(pagedToy, module, [{ name: "ram", bytes: RAM }], {
      mmioRead: () => undefined,
      mmioWrite: () => false,
      portRead: (port, bytes) => ports.read(port, bytes as 1 | 2 | 4) ?? 0xffff_ffff,
      portWrite: (port, bytes, value) => void ports.write(port, bytes as 1 | 2 | 4, value),
      guest: {},
    }),
  );
  cpu.map.place(0, cpu.block("ram"));
  cpu.position = 0;
  place(cpu, 0x1000, program);
  cpu.writeState(toyState.pc, 0x1000n);
  cpu.stateChanged();
  return cpu;
}

/** The program's page, and pages 5 and 6 at other addresses, the second read-only; translation is on. */
function bootPaged(program: readonly number[]): Cpu {
  const cpu = boot(program);
  placeTable(cpu, TABLE, [
    [1, 0x1000 | PRESENT | WRITABLE],
    [5, 0x6000 | PRESENT | WRITABLE],
    [6, 0x5000 | PRESENT],
    [7, TABLE | PRESENT | WRITABLE],
  ]);
  cpu.writeState(toyState.table, BigInt(TABLE));
  cpu.stateChanged();
  return cpu;
}

const marks = (cpu: Cpu, index: number): number => cpu.physical.readRam(TABLE + 8 * index, 1)![0]! & (ACCESSED | DIRTY);

describe("ports", () => {
  it("are an address space of their own, at every size", () => {
    const ports = new Bus(PORTS);
    const log: string[] = [];
    ports.map(0x60, 8, {
      name: "controller",
      read: (offset, size) => 0x11223344 + offset * 0x100 + size,
      write: (offset, size, value) => void log.push(`${offset} ${size} ${value.toString(16)}`),
    });
    const cpu = boot(
      [0, 1, 2].flatMap((size) => [pagedAsm.out(1, 7, size), pagedAsm.in(2 + size, 7, size)]),
      ports,
    );
    cpu.writeState(toyState.r, 0xaabbccddn, 1);
    cpu.writeState(toyState.r, 0x62n, 7);
    step(cpu, 6);
    expect(log).toEqual(["2 1 dd", "2 2 ccdd", "2 4 aabbccdd"]);
    expect([r(cpu, 2), r(cpu, 3), r(cpu, 4)]).toEqual([0x45n, 0x3546n, 0x11223548n]);
    expect(cpu.physical.readRam(0x62, 4)).toEqual(new Uint8Array(4));
  });

  it("read as all ones where nobody answers, and may change the memory map", () => {
    const ports = new Bus(PORTS);
    const cpu = boot([pagedAsm.in(2, 7, 0), pagedAsm.in(3, 7, 2), pagedAsm.out(1, 6, 0), asm.li(4, 1)], ports);
    const hide = (): void => {
      cpu.map.set("read", 1, 1, undefined);
      cpu.map.changed();
    };
    ports.map(0x92, 1, { ...nobody, name: "gate", write: hide });
    cpu.writeState(toyState.r, 0x1000n, 7);
    cpu.writeState(toyState.r, 0x92n, 6);
    step(cpu, 4);
    expect([r(cpu, 2), r(cpu, 3), r(cpu, 4), cpu.readState(toyState.cause)]).toEqual([0xffn, 0xffffffffn, 0n, 3n]);
  });
});

describe("a page walk that stores", () => {
  it("marks what a load, a store and a fetch used, and nothing that faults", () => {
    const cpu = bootPaged([asm.load(1, 7, 3), asm.store(1, 7, 3), asm.store(1, 6, 3)]);
    cpu.writeState(toyState.r, 0x5000n, 7);
    cpu.writeState(toyState.r, 0x6000n, 6);
    step(cpu);
    expect([marks(cpu, 1), marks(cpu, 5), marks(cpu, 6)]).toEqual([ACCESSED, ACCESSED, 0]);
    step(cpu, 2);
    expect([marks(cpu, 5), marks(cpu, 6)]).toEqual([ACCESSED | DIRTY, 0]);
    expect(cpu.readState(toyState.cause)).toBe(1n);
  });

  it("marks nothing where a breakpoint stops before the fetch", () => {
    const cpu = bootPaged([asm.li(2, 1)]);
    cpu.setBreakpoints(new Set([0x1000n]));
    cpu.hits = { breakpoint: () => true, watch: () => false };
    expect([cpu.run(1), cpu.position, marks(cpu, 1)]).toEqual(["breakpoint", 0, 0]);
    cpu.hits = undefined;
    step(cpu);
    expect(marks(cpu, 1)).toBe(ACCESSED);
  });

  it("marks again what the guest has cleared", () => {
    const cpu = bootPaged([asm.load(1, 7, 3), asm.store(2, 6, 3, 40), asm.load(1, 7, 3)]);
    cpu.writeState(toyState.r, 0x5000n, 7);
    cpu.writeState(toyState.r, 0x7000n, 6);
    cpu.writeState(toyState.r, BigInt(0x6000 | PRESENT | WRITABLE), 2);
    step(cpu);
    expect(marks(cpu, 5)).toBe(ACCESSED);
    step(cpu);
    expect(marks(cpu, 5)).toBe(0);
    step(cpu);
    expect(marks(cpu, 5)).toBe(ACCESSED);
  });

  it("is part of no debugger's look, and of no step that stops at a watchpoint", () => {
    const cpu = bootPaged([asm.load(1, 7, 3), asm.store16(1, 6)]);
    cpu.writeState(toyState.r, 0x5008n, 7);
    expect([cpu.translate(0x5008n), cpu.translate(0x6000n), marks(cpu, 5), marks(cpu, 6)]).toEqual([
      0x6008, 0x5000, 0, 0,
    ]);
    let stops = true;
    cpu.hits = { breakpoint: () => false, watch: () => stops };
    cpu.setWatched([{ address: 0x5008n, length: 8 }]);
    expect([cpu.run(1), cpu.position, marks(cpu, 5)]).toEqual(["watchpoint", 0, 0]);
    stops = false;
    expect([cpu.run(1), marks(cpu, 5)]).toEqual(["budget", ACCESSED]);
    // Across two pages: the other one is not marked either.
    placeTable(cpu, TABLE, [[4, 0x4000 | PRESENT | WRITABLE]]);
    cpu.writeState(toyState.r, 0x4ffcn, 6);
    stops = true;
    expect([cpu.run(2), marks(cpu, 4), marks(cpu, 5)]).toEqual(["watchpoint", 0, ACCESSED]);
    stops = false;
    step(cpu);
    expect([marks(cpu, 4), marks(cpu, 5)]).toEqual([ACCESSED | DIRTY, ACCESSED | DIRTY]);
  });

  it("passes the write gate: the snapshot keeps the old content, and code in the same page stays", () => {
    const cpu = bootPaged([asm.load(1, 7, 3), asm.load(2, 6, 3)]);
    cpu.writeState(toyState.r, 0x5000n, 7);
    step(cpu);
    cpu.pages.beginEpoch();
    const page = TABLE / 4096;
    const copies: number[] = [];
    cpu.pages.onFirstWrite = (written) => copies.push(written, cpu.pages.view(written)[8 * 6]! & ACCESSED);
    const before = [...cpu.pages.hash(page)].join();
    cpu.writeState(toyState.r, 0x6000n, 6);
    step(cpu);
    expect([copies, marks(cpu, 6)]).toEqual([[page, 0], ACCESSED]);
    expect([...cpu.pages.hash(page)].join()).not.toBe(before);
    expect(cpu.pages.beginEpoch()).toEqual([page]);
  });

  it("keeps nothing where the table is a ROM", () => {
    const cpu = bootPaged([asm.load(1, 7, 3)]);
    cpu.map.set("write", TABLE / 4096, 1, undefined);
    cpu.map.changed();
    cpu.writeState(toyState.r, 0x5000n, 7);
    step(cpu);
    expect([cpu.readState(toyState.cause), cpu.physical.read(TABLE + 40, 1)![0]! & ACCESSED]).toEqual([0n, 0]);
  });

  it.each([1, 2, 3, 4])("marks the same whatever is cached, seed %i", (seed) => {
    let state = seed;
    const below = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    // Loads and stores through r4 to r7, which stay in pages 4 to 7; page 7 is the table itself.
    const program = Array.from({ length: 200 }, () => {
      const [register, at] = [4 + below(4), 8 * below(8)];
      const kind = below(5);
      return kind === 0
        ? asm.store(1, register, 3, at)
        : kind === 1
          ? asm.store16(1, register)
          : asm.load(2, register, 3, at);
    });
    const cpus = [0, 1, 2].map(() => {
      const cpu = bootPaged([...program, asm.li(3, 0x1000), asm.jump(3)]);
      placeTable(cpu, TABLE, [[4, 0x4000 | PRESENT | WRITABLE]]);
      for (let n = 4; n < 8; n++) cpu.writeState(toyState.r, BigInt(n << 12), n);
      cpu.writeState(toyState.r, BigInt(0x6000 | PRESENT | WRITABLE), 1);
      return cpu;
    });
    const [plain, evicted, looked] = cpus as [Cpu, Cpu, Cpu];
    const contents = (cpu: Cpu): string => [...cpu.saveState(), ...cpu.physical.readRam(TABLE, 64)!].join();
    for (let round = 0; round < 120; round++) {
      const steps = 1 + below(9);
      if (below(2)) evicted.evictCaches();
      for (let n = 0; n < 4; n++) looked.translate(BigInt(below(9) << 12));
      for (const cpu of cpus) step(cpu, steps);
      expect(contents(evicted)).toBe(contents(plain));
      expect(contents(looked)).toBe(contents(plain));
    }
  });
});
