import { beforeAll, describe, expect, it } from "vitest";
import type { Cpu } from "../cpu.ts";
import { bootBytes, byteInterpreter, op } from "../testing/byte-cpu.ts";
import { BYTE_INTERRUPT, BYTE_TRAP, byteState } from "../testing/byte-guest.ts";
import { step } from "../testing/toy-cpu.ts";

let interpreter: WebAssembly.Module;
beforeAll(() => {
  interpreter = byteInterpreter();
});
const boot = (code: readonly number[], at?: number): Cpu => bootBytes(interpreter, code, at);
const r = (cpu: Cpu, n: number): bigint => cpu.readState(byteState.r, n);
const set = (cpu: Cpu, n: number, value: number): void => cpu.writeState(byteState.r, BigInt(value), n);

/** A page table at 0x10000 that maps these virtual pages, writable. */
function map(cpu: Cpu, pages: readonly (readonly [virtual: number, physical: number])[]): void {
  for (const [page, to] of pages)
    cpu.physical.writeRam(0x10000 + page * 8, new Uint8Array(BigUint64Array.of(BigInt((to << 12) | 3)).buffer));
  cpu.writeState(byteState.table, 0x10000n);
  cpu.stateChanged();
}

describe("instructions of many lengths", () => {
  it("count a step each, and stop exactly where the budget ends", () => {
    // r1 = 5; loop: r2 += r1; branch -4.
    const cpu = boot([op("LI", 1), 5, op("ADD", 2), 1, op("BCC", 4), 0xfc]);
    step(cpu, 2);
    expect([cpu.position, cpu.pc, r(cpu, 2)]).toEqual([2, 4n, 5n]);
    step(cpu, 101);
    expect([cpu.position, cpu.pc, r(cpu, 2)]).toEqual([103, 2n, 5n * 51n]);
  });

  it("say something else in another mode, side by side", () => {
    // In mode 1 the immediate has four bytes: the three INCs are part of it.
    const code = [op("LI", 1), 1, op("INC", 2), op("INC", 2), op("INC", 2), op("RET")];
    const cpu = boot([op("CALL"), 14, op("MODE", 1), op("CALL"), 8, 0, 0, 0, op("MODE", 0), op("BCC", 4), 0xf5]);
    cpu.physical.writeRam(16, Uint8Array.from(code));
    set(cpu, 7, 0x8000);
    step(cpu, 6);
    expect([r(cpu, 1), r(cpu, 2)]).toEqual([1n, 3n]);
    step(cpu, 4);
    expect([cpu.pc, r(cpu, 1), r(cpu, 2)]).toEqual([8n, BigInt(1 + op("INC", 2) * 0x010101 * 256), 3n]);
    for (let n = 0; n < 5; n++) step(cpu, 12);
    expect(r(cpu, 2)).toBe(18n);
  });

  it("straddle pages, wherever the second one is, and see what is written there", () => {
    const cpu = boot([op("LI", 1)], 0x4fff);
    cpu.physical.writeRam(0x7000, Uint8Array.from([9, op("BCC", 4), 0xfc]));
    map(cpu, [
      [4, 4],
      [5, 7],
    ]);
    step(cpu);
    expect([cpu.pc, r(cpu, 1)]).toEqual([0x5001n, 9n]);
    step(cpu);
    expect(cpu.pc).toBe(0x4fffn);
    cpu.physical.writeRam(0x7000, Uint8Array.of(10));
    step(cpu);
    expect(r(cpu, 1)).toBe(10n);
  });

  it("fault on the second page at its address, with the pc at their start", () => {
    const cpu = boot([op("LI", 1)], 0x4fff);
    map(cpu, [[4, 4]]);
    step(cpu);
    expect([cpu.pc, cpu.position]).toEqual([BYTE_TRAP, 1]);
    expect([byteState.cause, byteState.trapPc, byteState.trapAddress].map((f) => cpu.readState(f))).toEqual([
      1n,
      0x4fffn,
      0x5000n,
    ]);
  });

  it("are decoded anew where a store hits any of their bytes, at the very next step", () => {
    // The store at 0 writes the immediate of the LI behind it, in mode 1: its last byte.
    const cpu = boot([op("STORE", 3), 0x06, 7, op("LI", 1), 1, 0, 0, 0, op("BCC", 4), 0xf3, 0xff, 0xff, 0xff]);
    cpu.writeState(byteState.mode, 1n);
    cpu.stateChanged();
    step(cpu, 3);
    expect([cpu.pc, r(cpu, 1)]).toEqual([0n, 1n]);
    for (const value of [1, 2, 0]) {
      set(cpu, 3, value);
      step(cpu, 3);
      expect(r(cpu, 1)).toBe(BigInt(1 + value * 2 ** 24));
    }
  });

  it("may be run into from any byte, and begin anew when there is no room", () => {
    const cpu = boot([op("LI", 1), op("INC", 2), op("BCC", 4), 0xfc]);
    for (let n = 0; n < 3; n++) {
      cpu.writeState(byteState.pc, 1n);
      step(cpu, 1);
      step(cpu, 3);
      cpu.evictCaches();
    }
    expect([r(cpu, 1), r(cpu, 2)]).toEqual([BigInt(op("INC", 2)), 3n]);
  });
});

describe("breakpoints of a debugger", () => {
  const stopping = (cpu: Cpu, ...addresses: bigint[]): void => {
    cpu.hits = { breakpoint: () => true, watch: () => false };
    cpu.setBreakpoints(new Set(addresses));
  };

  it("stop before the fetch's fault where nothing is mapped", () => {
    // Regression: the fault was taken, and the stop never came.
    const cpu = boot([op("JUMP", 1)], 0x4000);
    map(cpu, [[4, 4]]);
    set(cpu, 1, 0x6000);
    stopping(cpu, 0x6000n);
    expect(cpu.run(10)).toBe("breakpoint");
    expect([cpu.pc, cpu.position, cpu.readState(byteState.cause)]).toEqual([0x6000n, 1, 0n]);
    cpu.hits = undefined;
    step(cpu);
    expect([cpu.pc, cpu.readState(byteState.trapPc)]).toEqual([BYTE_TRAP, 0x6000n]);
  });

  it("stop before the second page of an instruction is looked at", () => {
    const cpu = boot([op("LI", 1)], 0x4fff);
    map(cpu, [[4, 4]]);
    step(cpu, 0);
    stopping(cpu, 0x4fffn);
    expect(cpu.run(10)).toBe("breakpoint");
    expect([cpu.pc, cpu.position]).toEqual([0x4fffn, 0]);
  });

  it("ask once for a step, and at any byte", () => {
    const cpu = boot([op("LI", 1), op("INC", 2), op("BCC", 4), 0xfc]);
    const asked: bigint[] = [];
    cpu.hits = { breakpoint: (pc) => (asked.push(pc), false), watch: () => false };
    cpu.setBreakpoints(new Set([0n, 1n, 2n]));
    step(cpu, 5);
    expect(asked).toEqual([0n, 2n, 0n, 2n, 0n]);
    cpu.writeState(byteState.pc, 1n);
    step(cpu);
    expect(asked.at(-1)).toBe(1n);
  });
});

describe("interrupts that push", () => {
  const interrupted = (code: readonly number[]): Cpu => {
    const cpu = boot([op("ENABLE", 1), ...code]);
    set(cpu, 7, 0x4008);
    cpu.interruptLine = true;
    cpu.run(100);
    expect(cpu.interruptible()).toBe(true);
    return cpu;
  };

  it("are one step, and return", () => {
    const cpu = interrupted([op("INC", 1)]);
    cpu.physical.writeRam(Number(BYTE_INTERRUPT), Uint8Array.of(op("IRET")));
    expect(cpu.interrupt()).toBe("budget");
    expect([cpu.position, cpu.pc, r(cpu, 7), cpu.physical.readRam(0x4000, 1)![0]]).toEqual([
      2,
      BYTE_INTERRUPT,
      0x4000n,
      1,
    ]);
    cpu.interruptLine = false;
    step(cpu, 2);
    expect([cpu.pc, r(cpu, 1), r(cpu, 7)]).toEqual([2n, 1n, 0x4008n]);
  });

  it("take the fault of what they push instead, as that step", () => {
    const cpu = interrupted([op("INC", 1)]);
    set(cpu, 7, 0x200000);
    expect(cpu.interrupt()).toBe("budget");
    expect([cpu.position, cpu.pc, r(cpu, 7)]).toEqual([2, BYTE_TRAP, 0x200000n]);
    expect([cpu.readState(byteState.cause), cpu.readState(byteState.trapPc)]).toEqual([3n, 1n]);
  });

  it("stop at a watchpoint, before they have happened", () => {
    const cpu = interrupted([op("INC", 1)]);
    cpu.setWatched([{ address: 0x4004n, length: 1 }]);
    let stop = true;
    cpu.hits = { breakpoint: () => false, watch: () => stop };
    expect(cpu.interrupt()).toBe("watchpoint");
    expect([cpu.position, cpu.pc, r(cpu, 7)]).toEqual([1, 1n, 0x4008n]);
    stop = false;
    expect(cpu.interrupt()).toBe("budget");
    expect([cpu.position, cpu.pc]).toEqual([2, BYTE_INTERRUPT]);
  });

  it("end a halt, which nothing else does: each step of it waits", () => {
    const cpu = boot([op("ENABLE", 1), op("HALT"), op("INC", 1)]);
    set(cpu, 7, 0x4008);
    cpu.run(100);
    for (let position = 2; position < 5; position++) {
      expect([cpu.position, cpu.waiting, cpu.pc]).toEqual([position, true, 2n]);
      cpu.waiting = false;
      cpu.run(100);
    }
    cpu.interruptLine = true;
    cpu.interrupt();
    expect([cpu.pc, cpu.readState(byteState.halted)]).toEqual([BYTE_INTERRUPT, 0n]);
  });
});

describe("routines that access memory", () => {
  it("end their instruction where an access faults", () => {
    const cpu = boot([op("PUSH2", 1), 2, op("PUSH2", 1), 2]);
    set(cpu, 1, 1);
    set(cpu, 2, 2);
    set(cpu, 7, 0x5000);
    step(cpu);
    expect([r(cpu, 7), [...new BigUint64Array(cpu.physical.readRam(0x4ff0, 16)!.buffer)]]).toEqual([0x4ff0n, [2n, 1n]]);
    set(cpu, 7, 0x100008);
    step(cpu);
    expect([cpu.pc, r(cpu, 7), cpu.readState(byteState.cause)]).toEqual([BYTE_TRAP, 0x100008n, 3n]);
  });
});
