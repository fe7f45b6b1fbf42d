import { beforeAll, describe, expect, it } from "vitest";
import { Cpu } from "./cpu.ts";
import { buildInterpreter } from "./interpreter.ts";
import { ENGINE, PAGE_FLAGS, PAGE_IS_DIRTY, PAGE_WAS_WALKED } from "./layout.ts";
import { asm, toy, toyState, TRAP_VECTOR } from "./testing/toy-guest.ts";

const DEVICE = 0x100_0000;
let module: WebAssembly.Module;
beforeAll(() => {
  module = new WebAssembly.Module(Uint8Array.from(buildInterpreter(toy, { optimize: false }).wasm));
});

interface Access {
  address: number;
  bytes: number;
  value?: number;
}

function boot(program: readonly number[], at = 0, accesses: Access[] = []): Cpu {
  const cpu: Cpu = new Cpu(toy, module, 0, 1 << 20, {
    mmioRead(address, bytes) {
      if (address < DEVICE) return undefined;
      accesses.push({ address, bytes });
      return 0xa0000000 + accesses.length;
    },
    mmioWrite(address, bytes, value) {
      if (address < DEVICE) return false;
      accesses.push({ address, bytes, value });
      return true;
    },
    guest: {},
  });
  cpu.position = 0;
  place(cpu, at, program);
  cpu.writeState(toyState.pc, BigInt(at));
  cpu.stateChanged();
  return cpu;
}

function place(cpu: Cpu, at: number, words: readonly number[]): void {
  cpu.writePhysical(at, new Uint8Array(new Uint32Array(words.map((w) => w >>> 0)).buffer));
}
const placeTable = (cpu: Cpu, at: number, entries: readonly (readonly [number, number])[]): void => {
  for (const [index, entry] of entries)
    cpu.writePhysical(at + index * 8, new Uint8Array(new BigUint64Array([BigInt(entry)]).buffer));
};
const r = (cpu: Cpu, n: number): bigint => cpu.readState(toyState.r, n);
const step = (cpu: Cpu, count = 1): void => {
  const until = cpu.position + count;
  while (cpu.position < until) cpu.run(until);
};

it("refuses an interpreter of other sources", () => {
  // Regression: a page with a stale interpreter ran nonsense until something waited for ever.
  const other = { ...toy, instructions: toy.instructions.slice(1) };
  const stale = new WebAssembly.Module(Uint8Array.from(buildInterpreter(other, { optimize: false }).wasm));
  const host = { mmioRead: () => undefined, mmioWrite: () => false, guest: {} };
  expect(() => new Cpu(toy, stale, 0, 1 << 20, host)).toThrow("made from other sources");
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
    const cpu = new Cpu(toy, module, 0, 1 << 20, host, { base: ROM, banks: 2 });
    cpu.position = 0;
    cpu.writeRom(0, new Uint8Array(new Uint32Array(program.map((w) => w >>> 0)).buffer));
    cpu.writeRom(0x400_0000, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    cpu.writeState(toyState.pc, BigInt(ROM));
    cpu.stateChanged();
    return cpu;
  }

  it("is executed and read like RAM; what is stored there goes to its device", () => {
    const cpu = bootFromRom([asm.load(1, 7, 3), asm.store(1, 7, 2), asm.load(2, 7, 3)]);
    cpu.writeState(toyState.r, BigInt(ROM + 0x400_0000), 7);
    step(cpu, 3);
    expect([r(cpu, 1), r(cpu, 2)]).toEqual([0x0807060504030201n, 0x0807060504030201n]);
    expect(accesses).toEqual([{ address: ROM + 0x400_0000, bytes: 4, value: 0x04030201 }]);
    expect(cpu.readPhysical(ROM, 4)).toBeUndefined();
    expect(cpu.readMemory(ROM + 0x400_0000, 2)).toEqual(Uint8Array.of(1, 2));
  });

  it("is read through its device while it is hidden, bank by bank", () => {
    const cpu = bootFromRom([asm.load(1, 7, 2), asm.load(2, 7, 2), asm.load(3, 7, 2)]);
    cpu.writeState(toyState.r, BigInt(ROM + 0x400_0000), 7);
    step(cpu);
    cpu.hideRom(1, true);
    step(cpu);
    cpu.hideRom(1, false);
    step(cpu);
    expect([r(cpu, 1), r(cpu, 2), r(cpu, 3)]).toEqual([0x04030201n, 0x77n, 0x04030201n]);
    cpu.hideRom(0, true);
    step(cpu);
    expect(cpu.readState(toyState.cause)).toBe(3n);
  });

  it("is part of the pages, behind RAM's, and code follows what is written", () => {
    const cpu = bootFromRom([asm.li(1, 1), asm.bnz(1, -1)]);
    step(cpu, 4);
    cpu.pages.beginEpoch();
    const page = (1 << 20) / 4096;
    cpu.writeRom(0, new Uint8Array(new Uint32Array([asm.li(1, 2)]).buffer));
    expect(cpu.pages.beginEpoch()).toEqual([page]);
    expect(cpu.pages.count).toBe(page + 2 * 16384);
    step(cpu, 2);
    expect(r(cpu, 1)).toBe(2n);
  });
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
    expect([...end.readPhysical(0xffffc, 4)!]).toEqual([0, 0, 0, 0]);
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
    cpu.writePhysical(0x5000, Uint8Array.of(55));
    cpu.writePhysical(0x6000, Uint8Array.of(66));
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
    cpu.writePhysical(0x5000, Uint8Array.of(55));
    cpu.writePhysical(0x6000, Uint8Array.of(66));
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
    expect([cpu.position, cpu.pc, cpu.readPhysical(0x4004, 1)![0]]).toEqual([1, 4n, 0]);
    expect(cpu.run(3)).toBe("budget");
    expect(seen).toEqual([
      [0x4004n, 4, true],
      [0x4004n, 4, true],
      [0x4004n, 4, false],
    ]);
    expect(r(cpu, 2)).toBe(7n);
  });

  it.each([0x4000n, 0x4ff8n])("takes back what the step had stored before the watched access (at %i)", (at) => {
    const cpu = boot([asm.li(1, 7), asm.pair(1, 7), asm.pair(1, 7)]);
    cpu.writeState(toyState.r, at, 7);
    step(cpu, 2);
    cpu.writeState(toyState.r, 9n, 1);
    cpu.setWatched([{ address: at + 8n, length: 8 }]);
    cpu.hits = { breakpoint: () => false, watch: (address) => address === at + 8n };
    expect(cpu.run(3)).toBe("watchpoint");
    const pair = (): bigint[] => [...new BigUint64Array(cpu.readPhysical(Number(at), 16)!.buffer)];
    expect([cpu.position, cpu.pc, pair()]).toEqual([2, 8n, [7n, 7n]]);
    cpu.hits = undefined;
    cpu.run(3);
    expect(pair()).toEqual([9n, 9n]);
  });
});
