import { beforeAll, describe, expect, it } from "vitest";
import type { Routine } from "../../isa/index.ts";
import { Cpu } from "../cpu.ts";
import { Engine } from "../engine.ts";
import { buildInterpreter } from "../interpreter/interpreter.ts";
import { step } from "../testing/toy-cpu.ts";
import { asm, type Toy, toy, toyState, TRAP_VECTOR } from "../testing/toy-guest.ts";

const STACK = 7;
/** In `cause` while an exception's entry pushes. */
const ENTERING = 9n;
const DOUBLE = 5n;
const DEVICE = 0x100_0000;

/** Pushes where it came from; a fault in that ends in the second exception, which pushes nothing. */
const pushing = (cause: bigint): Routine<Toy> => ({
  name: `push${cause}`,
  params: ["i64", "i32"],
  result: undefined,
  accesses: true,
  body(e) {
    const enter = (why: bigint): void => {
      e.write(toyState.cause, e.i64(why));
      e.write(toyState.pc, e.i64(TRAP_VECTOR));
    };
    e.if(e.eq(64, e.read(toyState.cause), e.i64(ENTERING)), () => {
      enter(DOUBLE);
      e.return();
    });
    e.write(toyState.cause, e.i64(ENTERING));
    const sp = e.sub(64, e.read(toyState.r, STACK), e.i64(8));
    e.store(64, sp, e.pc());
    e.write(toyState.r, sp, STACK);
    enter(cause);
  },
});
const guest = {
  ...toy,
  name: "pushing toy",
  walkStores: true as const,
  routines: { ...toy.routines, abort: pushing(1n), busError: pushing(3n), alignmentAbort: pushing(2n) },
};

let module: WebAssembly.Module;
beforeAll(() => {
  module = new WebAssembly.Module(Uint8Array.from(buildInterpreter(guest, { optimize: false }).wasm));
});

/** Pages 0, 1 and 2 are there, the second is at 3 as well; r6 is where the first instruction loads from or jumps to. */
function boot(word: number, target: number, stack: number): Cpu {
  const cpu = new Cpu(
    new Engine(guest, module, [{ name: "ram", bytes: 1 << 20 }], {
      mmioRead: () => undefined,
      mmioWrite: () => false,
      guest: {},
    }),
  );
  cpu.map.place(0, cpu.block("ram"));
  cpu.position = 0;
  cpu.physical.writeRam(0x1000, new Uint8Array(Uint32Array.of(word >>> 0).buffer));
  const entry = (page: number, to: number): void =>
    void cpu.physical.writeRam(0x10000 + page * 8, new Uint8Array(BigUint64Array.of(BigInt(to | 3)).buffer));
  for (const page of [0, 1, 2]) entry(page, page << 12);
  entry(5, DEVICE);
  cpu.writeState(toyState.table, 0x10000n);
  cpu.writeState(toyState.pc, 0x1000n);
  cpu.writeState(toyState.r, BigInt(target), 6);
  cpu.writeState(toyState.r, BigInt(stack), STACK);
  cpu.stateChanged();
  return cpu;
}
const top = (cpu: Cpu): bigint => new BigUint64Array(cpu.physical.readRam(0x2100 - 8, 8)!.buffer)[0]!;
const outcome = (cpu: Cpu): unknown[] => [cpu.position, cpu.pc, cpu.readState(toyState.cause)];

describe("an exception whose entry pushes", () => {
  it.each([
    ["a load that is not mapped", asm.load(1, 6, 3), 0x4000, 1n],
    ["a store that is not mapped", asm.store(1, 6, 3), 0x4000, 1n],
    ["a load across into what is not mapped", asm.load(1, 6, 3), 0x2ffc, 1n],
    ["a load that no device answers", asm.load(1, 6, 3), 0x5000, 3n],
    ["a store that no device answers", asm.store(1, 6, 3), 0x5000, 3n],
  ])("is one step, of %s", (_what, word, target, cause) => {
    const cpu = boot(word, target, 0x2100);
    step(cpu);
    expect([...outcome(cpu), top(cpu)]).toEqual([1, TRAP_VECTOR, cause, 0x1000n]);
    expect(cpu.readState(toyState.r, STACK)).toBe(0x20f8n);
  });

  it.each([
    ["not mapped", 0x4000, 1n],
    ["no memory", 0x5000, 3n],
    ["not aligned", 0x2002, 2n],
  ])("is one step, of a fetch from what is %s", (_what, target, cause) => {
    const cpu = boot(asm.jump(6), target, 0x2100);
    step(cpu, 2);
    expect([...outcome(cpu), top(cpu)]).toEqual([2, TRAP_VECTOR, cause, BigInt(target)]);
  });

  it.each([
    ["not mapped", 0x4008],
    ["a device's that does not answer", 0x5008],
  ])("takes the fault of what it pushes instead, where its stack is %s", (_what, stack) => {
    for (const [word, steps] of [
      [asm.load(1, 6, 3), 1],
      [asm.jump(6), 2],
    ] as const) {
      const cpu = boot(word, 0x4000, stack);
      step(cpu, steps);
      expect(outcome(cpu)).toEqual([steps, TRAP_VECTOR, DOUBLE]);
      expect(cpu.readState(toyState.r, STACK)).toBe(BigInt(stack));
    }
  });

  it.each([0x4000, 0x5000])("stops at a watchpoint on its stack before the step has happened (%i)", (target) => {
    const cpu = boot(asm.load(1, 6, 3), target, 0x2100);
    cpu.setWatched([{ address: 0x20f8n, length: 8 }]);
    cpu.hits = { breakpoint: () => false, watch: (va) => va === 0x20f8n };
    expect([cpu.run(1), cpu.position, cpu.pc]).toEqual(["watchpoint", 0, 0x1000n]);
  });
});
