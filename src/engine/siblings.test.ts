import { beforeAll, describe, expect, it } from "vitest";
import { Cpu } from "./cpu.ts";
import { Engine } from "./engine.ts";
import { place, placeTable, r, step, toyInterpreter } from "./testing/toy-cpu.ts";
import { asm, toy, toyState } from "./testing/toy-guest.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = toyInterpreter();
});

const DEVICE = 0x100_0000;

/** Two CPUs over 1 MB of RAM, and a device that tells the test that it was written. */
function build(written: (value: number) => void = () => {}): [Cpu, Cpu] {
  const engine = new Engine(toy, module, [{ name: "ram", bytes: 1 << 20 }], {
    mmioRead: () => undefined,
    mmioWrite: (address, _bytes, value) => (address === DEVICE ? (written(value), true) : false),
    guest: {},
  });
  const first = new Cpu(engine);
  first.map.place(0, first.block("ram"));
  first.position = 0;
  return [first, first.sibling()];
}

function start(cpu: Cpu, pc: number, registers: Readonly<Record<number, number>>): void {
  for (const [n, value] of Object.entries(registers)) cpu.writeState(toyState.r, BigInt(value), Number(n));
  cpu.writeState(toyState.pc, BigInt(pc));
  cpu.stateChanged();
}

/** Adds r1 to r2 for ever, and keeps it at r7. */
const counting = [asm.add(2, 2, 1), asm.store(2, 7, 3), asm.load(3, 7, 3), asm.bnz(1, -3)];

describe("two CPUs over one memory", () => {
  it.each([1, 2, 3])("alternate as if each were alone, in address spaces of their own, seed %i", (seed) => {
    let state = seed;
    const below = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const pair = build();
    const alone = [build()[0], build()[0]] as const;
    for (const [index, cpu] of [...pair, ...alone].entries()) {
      const which = index % 2;
      place(cpu, 0x1000, counting);
      const table = 0x1_0000 + 0x1000 * which;
      // The same virtual page is another one for each.
      placeTable(cpu, table, [
        [1, 0x1000 | 3],
        [5, (0x6000 + 0x1000 * which) | 3],
      ]);
      cpu.writeState(toyState.table, BigInt(table));
      start(cpu, 0x1000, { 1: which + 1, 7: 0x5000 });
    }
    const steps = [0, 0];
    for (let turn = 0; turn < 60; turn++) {
      const which = below(2);
      const count = 1 + below(200);
      step(pair[which]!, count);
      steps[which]! += count;
      if (below(4) === 0) pair[0].evictCaches();
    }
    expect(pair[0].position).toBe(steps[0]! + steps[1]!);
    for (const which of [0, 1] as const) {
      step(alone[which], steps[which]!);
      expect(pair[which].saveState()).toEqual(alone[which].saveState());
      const at = 0x6000 + 0x1000 * which;
      expect(pair[which].physical.readRam(at, 8)).toEqual(alone[which].physical.readRam(at, 8));
    }
  });

  it("see each other's stores at the next instruction, in code too", () => {
    const [one, two] = build();
    place(one, 0x1000, counting);
    place(one, 0x2000, [asm.store(4, 7, 2)]);
    start(one, 0x1000, { 1: 1, 7: 0x8000 });
    start(two, 0x2000, { 4: asm.li(5, 77), 7: 0x1000 });
    step(one, 8);
    step(two);
    step(one);
    expect([r(one, 2), r(one, 5)]).toEqual([2n, 77n]);
  });

  it("are looked at while the other's step is in execution, and raised lines stay", () => {
    const seen: bigint[] = [];
    const [one, two] = build(() => {
      seen.push(r(two, 6), two.pc);
      two.writeState(toyState.r, 9n, 6);
      two.interruptLine = true;
      expect(() => two.translate(0n)).toThrow("in execution");
    });
    place(one, 0x1000, [asm.store(1, 7, 2), asm.li(1, 5), asm.li(1, 6)]);
    start(one, 0x1000, { 7: DEVICE });
    start(two, 0x3000, { 6: 42 });
    two.writeState(toyState.enabled, 1n);
    // The board looks at the line at the next boundary.
    one.run(100);
    expect([one.position, seen, r(two, 6)]).toEqual([1, [42n, 0x3000n], 9n]);
    expect([one.interruptLine, two.interruptLine]).toEqual([false, true]);
    expect([one.interruptible(), two.interruptible()]).toEqual([false, true]);
    two.interrupt();
    expect([two.readState(toyState.cause), one.pc, r(one, 1)]).toEqual([5n, 0x1004n, 0n]);
    step(one, 2);
    expect(r(one, 1)).toBe(6n);
  });

  it("wait, are saved and are loaded apart", () => {
    const [one, two] = build();
    place(one, 0x1000, [asm.li(3, 1), asm.wait()]);
    start(one, 0x1000, {});
    start(two, 0x1000, { 2: 5 });
    step(one, 2);
    expect([one.waiting, two.waiting]).toEqual([true, false]);
    const saved = two.saveState();
    step(two, 1);
    expect([one.waiting, two.waiting, r(two, 3)]).toEqual([true, false, 1n]);
    one.loadState(saved);
    expect([r(one, 2), r(one, 3), r(two, 3)]).toEqual([5n, 0n, 1n]);
    one.waiting = false;
    step(one);
    expect([r(one, 3), one.pc]).toEqual([1n, 0x1004n]);
  });
});
