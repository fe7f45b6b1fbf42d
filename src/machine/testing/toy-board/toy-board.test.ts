import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildInterpreter } from "../../../engine/interpreter/interpreter.ts";
import { step } from "../../../engine/testing/toy-cpu.ts";
import { asm, toyState } from "../../../engine/testing/toy-guest.ts";
import { pagedAsm } from "../../../engine/testing/toy-paged.ts";
import type { Disposable } from "../../../base/index.ts";
import type { Door, Input } from "../../../hardware/index.ts";
import { boards } from "../../boards.ts";
import type { EmulatedMachine } from "../../emulated-machine.ts";
import type { HitPolicy } from "../../machine.ts";
import { INTERRUPT_CAUSE, vectorAddress, vectoredToy } from "./guest.ts";
import { image, words } from "./programs.ts";
import { registerToyBoard, toyMap } from "./toy-board.ts";

const ignore: HitPolicy = { kind: "ignore" };

let registered: Disposable;
let interpreter: WebAssembly.Module;
beforeAll(() => {
  registered = registerToyBoard();
  interpreter = new WebAssembly.Module(buildInterpreter(vectoredToy, { optimize: false }).wasm.slice());
});
afterAll(() => registered.dispose());

const configuration = {
  ...{ board: "toy", cpu: "toy", ramBytes: 0x2_0000, shift: 0, append: "" },
  ...{ reboot: true, randomness: false, semantics: 1, startsInRom: false },
};

function build(parts: readonly [address: number, code: readonly number[]][], rom: readonly number[] = [], door?: Door) {
  const machine = boards.create({
    configuration: { ...configuration, startsInRom: parts.length === 0 } as typeof configuration,
    images: { kernel: image(parts), firmware: words(rom) },
    interpreter,
    ...(door && { door }),
  });
  return { machine, r: (n: number): bigint => machine.cpu.readState(toyState.r, n) };
}
const program = (code: readonly number[], rom: readonly number[] = []) => build([[toyMap.program, code]], rom);

const { windows, vectors, alarm, bell } = toyMap.devices;

it("registers by a call, and is gone by one", () => {
  expect(boards.all.map(({ name }) => name)).toEqual(["virt", "pc", "toy"]);
  expect(() => registerToyBoard()).toThrow("two boards are called toy");
  const bad = { ...configuration, ramBytes: 0x1_0000 };
  expect(() => boards.create({ configuration: bad, images: {}, interpreter })).toThrow("RAM of another size");
  expect(() => boards.create({ configuration, images: { initrd: words([]) }, interpreter })).toThrow(
    "the toy machine takes no initrd",
  );
});

describe("the toy board's memory", () => {
  it("is RAM in two ranges, far apart", () => {
    const { machine, r } = program([asm.store(7, 7, 3, 8), asm.store(5, 5, 3, 0x1ff), asm.load(1, 7, 3, 8)]);
    machine.run(3, ignore);
    expect(r(1)).toBe(BigInt(toyMap.high.base));
    expect(machine.readPhysical(toyMap.high.base + 8, 8)).toEqual(new Uint8Array(BigUint64Array.of(2n ** 32n).buffer));
    expect(machine.readPhysical(0x200, 1)).toEqual(Uint8Array.of(1));
    expect(machine.readPhysical(0x1_0000, 1)).toBeUndefined();
  });

  it("has a ROM that RAM shadows: writes first, then reads", () => {
    const steps = [
      ...[asm.li(1, windows), asm.li(2, toyMap.rom.base), asm.load(3, 2, 2), asm.store(5, 2, 2)],
      ...[asm.li(4, 2), asm.store(4, 1, 2), asm.store(3, 2, 2, 4), asm.load(0, 2, 2, 4)],
      ...[asm.li(4, 1), asm.store(4, 1, 2), asm.store(5, 2, 2, 4), asm.load(4, 2, 2, 4), asm.load(6, 2, 2)],
    ];
    const { machine, r } = program(steps, [0x1111_1111, 0x2222_2222]);
    machine.run(steps.length, ignore);
    expect([r(3), r(0), r(4), r(6)]).toEqual([0x1111_1111n, 0x2222_2222n, 0x1111_1111n, 0n]);
  });

  it("is executed where it is: code in the ROM goes on in its shadow at the next instruction", () => {
    const base = toyMap.rom.base;
    const patched = 17;
    const rom = [
      ...[asm.li(1, windows), asm.li(2, 2), asm.store(2, 1, 2), asm.li(3, base), asm.li(4, base + 0x80)],
      ...[asm.load(0, 3, 2), asm.store(0, 3, 2), asm.li(0, 4), asm.add(3, 3, 0), asm.compare(3, 4)],
      ...[asm.beq(2), asm.bnz(5, -6), asm.li(3, base), asm.load(0, 3, 2, 4 * 20), asm.store(0, 3, 2, 4 * patched)],
      ...[asm.li(2, 3), asm.store(2, 1, 2), asm.li(2, 1), asm.bnz(5, 0), 0, asm.li(2, 77)],
    ];
    const { machine, r } = build([], rom);
    machine.setBreakpoints(new Set([BigInt(base + 4 * (patched + 1))]));
    expect(machine.run(1000, { kind: "stop", told: [] })).toEqual({ kind: "breakpoint" });
    expect(r(2)).toBe(77n);
  });

  it("has video memory behind a BAR that moves, and keeps its pixels", () => {
    const page = [asm.li(2, toyMap.video.suggested >>> 16), ...Array.from({ length: 4 }, () => asm.add(2, 2, 2))];
    const steps = [
      ...[asm.li(1, windows), ...page, asm.store(2, 1, 2, 4), asm.store(5, 6, 2, 0x10)],
      ...[asm.add(2, 2, 5), asm.store(2, 1, 2, 4), asm.load(3, 6, 2, 0x1010), asm.load(4, 6, 2, 0x10)],
    ];
    const { machine, r } = program(steps);
    machine.run(steps.length, ignore);
    expect(r(3)).toBe(1n);
    // Where it was, nobody answers.
    expect([machine.cpu.readState(toyState.cause), machine.pc]).toEqual([3n, 0x800n]);
  });

  it("is state wherever it is mapped, or nowhere", () => {
    // Over RAM, which stays what it was.
    const { machine } = program([
      ...[asm.li(1, windows), asm.add(2, 5, 5), asm.li(3, 0x2000), asm.store(5, 3, 2, 8)],
      ...[asm.store(2, 1, 2, 4), asm.store(2, 3, 2, 8), asm.li(2, 0), asm.store(2, 1, 2, 4)],
    ]);
    const pages = machine.pages.count;
    expect(pages).toBe((0x2_0000 + toyMap.rom.bytes + toyMap.video.bytes) / 4096);
    const before = machine.pages.hash(pages - 2).slice();
    machine.run(6, ignore);
    expect(machine.pages.hash(pages - 2)).not.toEqual(before);
    expect(machine.readPhysical(0x2008, 1)).toEqual(Uint8Array.of(2));
    machine.run(8, ignore);
    expect(machine.readPhysical(0x2008, 1)).toEqual(Uint8Array.of(1));
    expect(machine.pages.view(pages - 2)[8]).toBe(2);
  });
});

describe("the toy board's ports", () => {
  /** Cells 2 and 3 are 0x2a and 0x2b: written by port 0x70 and port 0x71. */
  const writes = [
    ...[asm.li(1, toyMap.nvram), asm.add(2, 1, 5), asm.li(3, 2), pagedAsm.out(3, 1, 0), asm.li(4, 0x2a)],
    ...[pagedAsm.out(4, 2, 0), asm.add(3, 3, 5), pagedAsm.out(3, 1, 0), asm.add(4, 4, 5), pagedAsm.out(4, 2, 0)],
  ];

  it("lead to a device, which is at no address of memory", () => {
    const steps = [...writes, asm.li(3, 2), pagedAsm.out(3, 1, 0), pagedAsm.in(0, 2, 0), pagedAsm.in(3, 3, 0)];
    const { machine, r } = program(steps);
    machine.run(steps.length, ignore);
    // Nobody is at port 2.
    expect([r(0), r(3)]).toEqual([0x2an, 0xffn]);
    expect(machine.readPhysical(toyMap.nvram, 2)).toEqual(new Uint8Array(2));
  });

  it("are the way to cells that outlive a reset, and a snapshot has", () => {
    const { machine } = program(writes);
    const power = machine.save();
    machine.run(writes.length, ignore);
    const cells = (): unknown => machine.deviceInfo().find(({ name }) => name === "nvram");
    const written = cells();
    const state = machine.save();
    machine.load(power, 0);
    expect(cells()).not.toEqual(written);
    machine.load(state, writes.length);
    expect(cells()).toEqual(written);
    machine.applyEdit({ kind: "reset" });
    expect(JSON.stringify(cells())).toContain("2a 2b");
  });
});

/** Inputs at given positions. */
function typing(...inputs: [position: number, bytes: number[]][]): Door {
  const left = inputs.map(([position, bytes]): [number, Input] => [
    position,
    { kind: "arrival", port: 0, bytes: Uint8Array.from(bytes) },
  ]);
  return {
    entropy: (_, length) => new Uint8Array(length),
    realTime: () => 0,
    nextInput: () => left[0]?.[0] ?? Infinity,
    takeInputs: (position) => (left[0]?.[0] === position ? [left.shift()![1]] : []),
    idle: () => ({ kind: "wait" }),
  };
}

describe("the toy board's interrupts", () => {
  /** Both lines rise before interrupts are enabled. */
  const main = [
    ...[asm.li(1, vectors), asm.li(2, 6), asm.store(2, 1, 2), asm.li(3, alarm), asm.store(5, 3, 2)],
    ...[asm.li(4, bell), asm.add(0, 0, 5), asm.add(0, 0, 5), asm.enable(), asm.bnz(5, 0)],
  ];
  const ringing = [asm.store(5, 3, 2, 4), asm.li(2, 2), asm.store(2, 1, 2, 4), asm.enable(), asm.bnz(5, 0)];
  const ringer = [asm.load(0, 4, 2), asm.li(2, 4), asm.store(2, 1, 2, 4), asm.enable(), asm.bnz(5, 0)];
  const make = () =>
    build(
      [
        [toyMap.program, main],
        [vectorAddress(1), ringing],
        [vectorAddress(2), ringer],
      ],
      [],
      typing([7, [0x41]]),
    );
  const inService = (machine: EmulatedMachine): number => machine.peekDevice(vectors + 4, 4) as number;

  it("are entered by the vector that the controller gives, and acknowledged in that step", () => {
    const { machine, r } = make();
    const entries: [position: number, vector: number][] = [];
    machine.onEvent = (event, position) => {
      if (event === "interrupt")
        entries.push([position, Number(machine.cpu.readState(toyState.cause)) - INTERRUPT_CAUSE]);
    };
    machine.run(9, ignore);
    expect([entries, inService(machine), machine.pc]).toEqual([[], 0, BigInt(toyMap.program + 4 * 9)]);
    machine.run(10, ignore);
    expect([entries, inService(machine), machine.pc]).toEqual([[[9, 1]], 2, BigInt(vectorAddress(1))]);
    machine.run(100, ignore);
    expect(entries).toEqual([
      [9, 1],
      [14, 2],
    ]);
    expect([inService(machine), r(0)]).toEqual([0, 0x41n]);
  });

  it("are acknowledged nowhere else: neither by looking, nor by a state that is saved and loaded", () => {
    const { machine } = make();
    machine.run(9, ignore);
    const state = machine.save();
    machine.deviceInfo();
    machine.load(state, 9);
    expect([inService(machine), machine.save()]).toEqual([0, state]);
    // An entry that a watchpoint stops is made again.
    machine.cpu.callRoutine(vectoredToy.routines.interrupt);
    expect(inService(machine)).toBe(0);
  });
});

describe("two CPUs", () => {
  it("of one machine share its memory and ports, each with its own state", () => {
    const loop = [asm.add(2, 2, 1), asm.store(2, 6, 3), pagedAsm.in(3, 4, 0), asm.bnz(5, -3)];
    const { machine } = program(loop);
    const cpus = [machine.cpu, machine.cpu.sibling()];
    for (const [index, cpu] of cpus.entries()) {
      const registers: [number, number][] = [
        [1, 3 + index],
        [4, toyMap.nvram],
        [5, 1],
        [6, 0x2000 + 8 * index],
      ];
      for (const [n, value] of registers) cpu.writeState(toyState.r, BigInt(value), n);
      cpu.writeState(toyState.pc, BigInt(toyMap.program));
      cpu.stateChanged();
    }
    for (let turn = 0; turn < 400; turn += 5) for (const cpu of cpus) step(cpu, 5);
    const counts = cpus.map((cpu) => cpu.readState(toyState.r, 2));
    expect(counts).toEqual([300n, 400n]);
    const memory = new BigUint64Array(machine.readPhysical(0x2000, 16)!.slice().buffer);
    expect([...memory]).toEqual(counts);
  });

  const counting = (step: number) =>
    program([asm.li(1, step), asm.add(2, 2, 1), asm.store(2, 7, 3, 0x40), asm.bnz(5, -2)]).machine;
  const stateOf = (machine: EmulatedMachine) => [
    machine.save(),
    ...Array.from({ length: machine.pages.count }, (_, page) => machine.pages.hash(page).slice()),
  ];

  it("that take turns are each what they are alone", () => {
    const alone = [counting(3), counting(5)];
    for (const machine of alone) machine.run(1000, ignore);
    const turns = [counting(3), counting(5)];
    for (let at = 1; at <= 1000; at += (at % 7) + 1) for (const machine of turns) machine.run(at, ignore);
    for (const machine of turns) machine.run(1000, ignore);
    expect(turns.map(stateOf)).toEqual(alone.map(stateOf));
    expect(stateOf(turns[0]!)).not.toEqual(stateOf(turns[1]!));
  });

  it("may change places: the state of one goes on in the other", () => {
    const [one, other] = [counting(3), counting(5)];
    one.run(500, ignore);
    other.run(333, ignore);
    for (let page = 0; page < one.pages.count; page++) other.pages.replace(page, one.pages.view(page).slice());
    other.load(one.save(), 500);
    for (const machine of [one, other]) machine.run(1000, ignore);
    expect(stateOf(other)).toEqual(stateOf(one));
  });
});
