import { beforeAll, describe, expect, it } from "vitest";
import { Cpu } from "./cpu.ts";
import { Engine } from "./engine.ts";
import { buildInterpreter } from "./interpreter/interpreter.ts";
import { type Access, bootToy, DEVICE, place, placeTable, r, step, toyInterpreter } from "./testing/toy-cpu.ts";
import { asm, toy, toyState, TRAP_VECTOR } from "./testing/toy-guest.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = toyInterpreter();
});
const boot = (program: readonly number[], at?: number, accesses?: Access[]): Cpu =>
  bootToy(module, program, at, accesses);

it("refuses an interpreter of other sources", () => {
  // Regression: a page with a stale interpreter ran nonsense until something waited for ever.
  const other = { ...toy, instructions: toy.instructions.slice(1) };
  const stale = new WebAssembly.Module(Uint8Array.from(buildInterpreter(other, { optimize: false }).wasm));
  const host = { mmioRead: () => undefined, mmioWrite: () => false, guest: {} };
  expect(() => new Cpu(new Engine(toy, stale, [{ name: "ram", bytes: 1 << 20 }], host))).toThrow(
    "made from other sources",
  );
});

describe("steps", () => {
  it("counts each instruction and stops exactly where the budget ends", () => {
    const cpu = boot([asm.li(1, 5), asm.li(2, 0xffff), asm.add(3, 1, 2), asm.bnz(3, -1)]);
    step(cpu, 2);
    expect([cpu.position, cpu.pc, r(cpu, 3)]).toEqual([2, 8n, 0n]);
    step(cpu);
    expect([cpu.position, cpu.pc, r(cpu, 3)]).toEqual([3, 12n, 0x10004n]);
    step(cpu, 100);
    expect([cpu.position, cpu.pc]).toEqual([103, 12n]);
  });

  it("is the same whatever the budgets", () => {
    const program = [
      asm.li(1, 1),
      asm.li(7, 0x4000),
      asm.add(2, 2, 1),
      asm.store(2, 7, 3),
      asm.load(3, 7, 2),
      asm.bnz(1, -3),
    ];
    const whole = boot(program);
    step(whole, 1000);
    const pieces = boot(program);
    for (let n = 1; pieces.position < 1000; n = (n * 7) % 31 || 1) step(pieces, Math.min(n, 1000 - pieces.position));
    expect(pieces.saveState()).toEqual(whole.saveState());
    expect([...pieces.pages.hash(4)]).toEqual([...whole.pages.hash(4)]);
  });

  it("runs on across a page end and takes a trap as one step", () => {
    const cpu = boot([asm.li(1, 1), asm.li(2, 2), 0xffffffff], 0xff8);
    step(cpu, 3);
    expect([cpu.pc, r(cpu, 2), cpu.readState(toyState.cause), cpu.readState(toyState.trapPc)]).toEqual([
      TRAP_VECTOR,
      2n,
      4n,
      0x1000n,
    ]);
    expect(cpu.position).toBe(3);
  });

  it("reads virtual time at its own position", () => {
    const cpu = boot([asm.li(1, 1), asm.time(2), asm.time(3)]);
    cpu.clockShift = 3;
    cpu.idleNs = 1000;
    step(cpu, 3);
    expect([r(cpu, 2), r(cpu, 3)]).toEqual([1008n, 1016n]);
  });

  it("says so when it waits", () => {
    const cpu = boot([asm.li(1, 1), asm.wait(), asm.li(1, 2)]);
    cpu.run(100);
    expect([cpu.position, cpu.waiting, r(cpu, 1)]).toEqual([2, true, 1n]);
  });

  it("looks at a raised interrupt right after it is enabled", () => {
    const cpu = boot([asm.li(1, 1), asm.enable(), asm.li(1, 2)]);
    cpu.interruptLine = true;
    cpu.run(100);
    expect([cpu.position, cpu.interruptible()]).toEqual([2, true]);
    cpu.interrupt();
    expect([cpu.position, cpu.pc, cpu.readState(toyState.trapPc)]).toEqual([3, TRAP_VECTOR, 8n]);
  });
});

describe("memory", () => {
  it("crosses pages, and faults on the second page without an effect", () => {
    const cpu = boot([asm.li(7, 0x4ffd), asm.li(1, 0x1234), asm.store(1, 7, 3), asm.load(2, 7, 3), asm.load(3, 7, 2)]);
    step(cpu, 5);
    expect([r(cpu, 2), r(cpu, 3)]).toEqual([0x1234n, 0x1234n]);
    const end = boot([asm.li(7, 0xfffe), asm.add(7, 7, 7), asm.add(7, 7, 7), asm.add(7, 7, 7), asm.add(7, 7, 7)]);
    step(end, 5);
    place(end, 20, [asm.li(1, 0xffff), asm.store(1, 7, 3)]);
    end.writeState(toyState.r, 0xffffcn, 7);
    step(end, 2);
    expect(end.readState(toyState.cause)).toBe(3n);
    expect([...end.physical.readRam(0xffffc, 4)!]).toEqual([0, 0, 0, 0]);
  });

  it("gives devices 4 bytes at a time, low half first", () => {
    const accesses: Access[] = [];
    const cpu = boot([asm.load(1, 7, 3, 8), asm.store(1, 7, 3), asm.store(1, 7, 0, 4)], 0, accesses);
    cpu.writeState(toyState.r, BigInt(DEVICE), 7);
    step(cpu, 3);
    expect(r(cpu, 1)).toBe(0xa0000002a0000001n);
    expect(accesses).toEqual([
      { address: DEVICE + 8, bytes: 4 },
      { address: DEVICE + 12, bytes: 4 },
      { address: DEVICE, bytes: 4, value: 0xa0000001 },
      { address: DEVICE + 4, bytes: 4, value: 0xa0000002 },
      { address: DEVICE + 4, bytes: 1, value: 1 },
    ]);
  });

  it("takes a bus error where nothing answers", () => {
    const cpu = boot([asm.load(1, 7, 2)]);
    cpu.writeState(toyState.r, 0x800000n, 7);
    step(cpu);
    expect([cpu.readState(toyState.cause), cpu.readState(toyState.trapPc), cpu.position]).toEqual([3n, 0n, 1]);
  });
});

describe("the write gate", () => {
  it("makes a store visible to fetch at the next instruction", () => {
    // The second instruction overwrites the third, which has been executed before.
    const cpu = boot([asm.li(1, 0), asm.store(2, 7, 2, 8), asm.li(3, 1), asm.bnz(3, -2), asm.li(4, 9)]);
    cpu.writeState(toyState.r, BigInt(asm.li(3, 1)), 2);
    step(cpu, 4);
    cpu.writeState(toyState.r, BigInt(asm.li(3, 0)), 2);
    step(cpu, 3);
    expect([r(cpu, 3), cpu.pc]).toEqual([0n, 16n]);
  });

  it("reports the first write of each page once per epoch", () => {
    const cpu = boot([asm.store(1, 7, 3), asm.bnz(6, -1)]);
    cpu.writeState(toyState.r, 0x4000n, 7);
    cpu.writeState(toyState.r, 1n, 6);
    cpu.pages.beginEpoch();
    const seen: number[] = [];
    cpu.pages.onFirstWrite = (page) => seen.push(page);
    step(cpu, 20);
    expect(seen).toEqual([4]);
    expect(cpu.pages.beginEpoch()).toEqual([4]);
    step(cpu, 20);
    expect(seen).toEqual([4, 4]);
  });

  it("hashes content, and follows every write", () => {
    const cpu = boot([asm.store(1, 7, 0), asm.bnz(6, -1)]);
    cpu.writeState(toyState.r, 0x4000n, 7);
    cpu.writeState(toyState.r, 1n, 6);
    const hash = (): string => [...cpu.pages.hash(4)].join();
    const zero = hash();
    expect(hash()).toBe([...cpu.pages.hash(5)].join());
    cpu.writeState(toyState.r, 7n, 1);
    step(cpu);
    const seven = hash();
    expect(seven).not.toBe(zero);
    cpu.writeState(toyState.r, 0n, 1);
    step(cpu, 2);
    expect(hash()).toBe(zero);
  });
});

describe("hits", () => {
  it("stops before an instruction, also one predecoded already, and goes on when told so", () => {
    const cpu = boot([asm.li(1, 1), asm.add(2, 2, 1), asm.bnz(1, -1)]);
    step(cpu, 10);
    let stop = true;
    cpu.hits = { breakpoint: () => stop, watch: () => false };
    cpu.setBreakpoints(new Set([4n]));
    expect(cpu.run(100)).toBe("breakpoint");
    expect([cpu.pc, cpu.position % 2]).toEqual([4n, 1]);
    const position = cpu.position;
    stop = false;
    expect(cpu.run(position + 5)).toBe("budget");
    expect(cpu.position).toBe(position + 5);
  });

  it("stops before a watched access, which has not happened", () => {
    const cpu = boot([asm.li(1, 7), asm.store(1, 7, 2, 4), asm.load(2, 7, 2, 4)]);
    cpu.writeState(toyState.r, 0x4000n, 7);
    cpu.setWatched([{ address: 0x4004n, length: 1 }]);
    const seen: unknown[] = [];
    cpu.hits = { breakpoint: () => false, watch: (...access) => seen.push(access) === 1 };
    expect(cpu.run(3)).toBe("watchpoint");
    expect([cpu.position, cpu.pc, cpu.physical.readRam(0x4004, 1)![0]]).toEqual([1, 4n, 0]);
    expect(cpu.run(3)).toBe("budget");
    expect(seen).toEqual([
      [0x4004n, 4, true],
      [0x4004n, 4, true],
      [0x4004n, 4, false],
    ]);
    expect(r(cpu, 2)).toBe(7n);
  });

  it.each(["store", "load"] as const)("asks nothing about a %s that faults on its second page", (kind) => {
    const cpu = boot([asm[kind](1, 7, 3)]);
    placeTable(cpu, 0x10000, [
      [0, 1],
      [4, 0x4000 | 3],
    ]);
    cpu.writeState(toyState.table, 0x10000n);
    cpu.writeState(toyState.r, 0x4ffcn, 7);
    cpu.stateChanged();
    cpu.setWatched([{ address: 0x4ffcn, length: 4 }]);
    const seen: unknown[] = [];
    cpu.hits = { breakpoint: () => false, watch: (...access) => seen.push(access) === 0 };
    step(cpu);
    expect([cpu.readState(toyState.cause), seen]).toEqual([1n, []]);
  });

  it.each([0x4000n, 0x4ff8n])("takes back what the step had stored before the watched access (at %i)", (at) => {
    const cpu = boot([asm.li(1, 7), asm.pair(1, 7), asm.pair(1, 7)]);
    cpu.writeState(toyState.r, at, 7);
    step(cpu, 2);
    cpu.writeState(toyState.r, 9n, 1);
    cpu.setWatched([{ address: at + 8n, length: 8 }]);
    cpu.hits = { breakpoint: () => false, watch: (address) => address === at + 8n };
    expect(cpu.run(3)).toBe("watchpoint");
    const pair = (): bigint[] => [...new BigUint64Array(cpu.physical.readRam(Number(at), 16)!.buffer)];
    expect([cpu.position, cpu.pc, pair()]).toEqual([2, 8n, [7n, 7n]]);
    cpu.hits = undefined;
    cpu.run(3);
    expect(pair()).toEqual([9n, 9n]);
  });
});
