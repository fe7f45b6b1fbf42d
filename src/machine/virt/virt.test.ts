import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../base/index.ts";
import type { Door } from "../../hardware/index.ts";
import { HandClock } from "../../hardware/testing/hand-clock.ts";
import { readFdt } from "./fdt.ts";
import { memoryMap } from "./memory-map.ts";
import { flashOver, virtParts } from "./testing/parts.ts";
import { VirtBoard, type VirtDependencies } from "./virt.ts";

/** Of each bank of flash, as much as the tests look at. */
const PAGE_BYTES = 4096;
const RAM_BYTES = 32 * 2 ** 20;

const door: Door = {
  entropy: (_, length) => new Uint8Array(length).fill(0xee),
  realTime: () => 1_800_000_000,
  nextInput: () => Infinity,
  takeInputs: () => [],
  idle: () => ({ kind: "wait" }),
};

function build(configuration: Partial<VirtDependencies["configuration"]> = {}) {
  const ram = new Uint8Array(RAM_BYTES);
  const { base } = memoryMap.ram;
  const inside = (address: number, length: number) => address >= base && address + length <= base + ram.length;
  const cells = new Uint8Array(2 * PAGE_BYTES);
  const clock = new HandClock();
  const seen = { irq: false, resets: 0, shown: [true, true], output: "" };
  const parts: Partial<VirtDependencies> = {
    images: { kernel: new Uint8Array(4096).fill(1), initrd: new Uint8Array(100).fill(2) },
    clock,
    memory: {
      read: (address, length) =>
        inside(address, length) ? ram.slice(address - base, address - base + length) : undefined,
      write(address, bytes) {
        if (!inside(address, bytes.length)) return false;
        ram.set(bytes, address - base);
        return true;
      },
    },
    flash: flashOver(cells, (bank, shown) => (seen.shown[bank] = shown)),
    irq: { set: (level) => (seen.irq = level) },
    reset: () => void seen.resets++,
    send: (port, bytes) => (seen.output += `${port}${String.fromCharCode(...bytes)}`),
  };
  const all = { ramBytes: RAM_BYTES, append: "quiet", randomness: true, ...configuration };
  return { board: new VirtBoard(virtParts(all, parts)), ram, clock, seen };
}

function saved(board: VirtBoard): Uint8Array {
  const to = new ByteWriter();
  for (const device of board.devices) device.save(to);
  return to.finish();
}

function load(board: VirtBoard, bytes: Uint8Array): void {
  const from = new ByteReader(bytes);
  for (const device of board.devices) device.load(from);
}

describe("VirtBoard", () => {
  it("puts the images, the entry code and the tree into RAM", () => {
    const { board, ram } = build();
    expect(board.powerOn(door, 0, true)).toEqual({ pc: 0x4000_0000n });
    expect([ram[0x8_0000], ram[0x8_0fff], ram[0x8_1000]]).toEqual([1, 1, 0]);
    expect(ram[16 * 2 ** 20]).toBe(2);
    const tree = readFdt(ram.subarray(18 * 2 ** 20, 19 * 2 ** 20)).root;
    const chosen = tree.children.find(({ name }) => name === "chosen")!.properties;
    expect([...chosen.keys()]).toEqual([
      "linux,initrd-end",
      "linux,initrd-start",
      "bootargs",
      "stdout-path",
      "rng-seed",
      "kaslr-seed",
    ]);
    expect(chosen.get("kaslr-seed")).toEqual(new Uint8Array(8).fill(0xee));
    expect(new DataView(ram.buffer).getUint32(0x18, true)).toBe(0x4120_0000);
  });

  it("asks for no entropy without randomness, and for the time only when cold", () => {
    const { board } = build({ randomness: false });
    const asked: string[] = [];
    const strict: Door = {
      ...door,
      entropy: () => (asked.push("entropy"), new Uint8Array(40)),
      realTime: () => (asked.push("time"), 5),
    };
    board.powerOn(strict, 0, true);
    board.powerOn(strict, 100, false);
    expect(asked).toEqual(["time"]);
    expect(board.bus.read(memoryMap.rtc.base, 4)).toBe(5);
  });

  it("wires the devices to the interrupt controller", () => {
    const { board, clock, seen } = build();
    board.powerOn(door, 0, true);
    const { bus } = board;
    const gicd = memoryMap.gicDistributor.base;
    const gicc = memoryMap.gicCpuInterface.base;
    for (let word = 0; word < 9; word++) bus.write(gicd + 0x100 + 4 * word, 4, 0xffff_ffff);
    bus.write(gicd, 4, 1);
    bus.write(gicc + 4, 4, 0xff);
    bus.write(gicc, 4, 1);

    bus.write(memoryMap.uart.base + 0x38, 4, 0x10);
    expect(board.ports[0]!.room()).toBe(1);
    board.ports[0]!.receive(Uint8Array.of(65));
    expect(seen.irq).toBe(true);
    expect(bus.read(gicc + 0xc, 4)).toBe(33);
    expect(bus.read(memoryMap.uart.base, 4)).toBe(65);
    bus.write(gicc + 0x10, 4, 33);
    expect(seen.irq).toBe(false);
    bus.write(memoryMap.uart.base, 4, 66);
    expect(seen.output).toBe("0B");

    board.timer.write(4, 100n);
    board.timer.write(3, 1n);
    clock.advanceTo(1600);
    expect(bus.read(gicc + 0xc, 4)).toBe(27);
  });

  it("restores all devices from their bytes", () => {
    const { board, seen } = build();
    board.powerOn(door, 0, true);
    const save = () => saved(board);
    const fresh = save();
    board.ports[0]!.receive(Uint8Array.of(1));
    board.timer.write(0, 1n);
    const used = save();
    expect(used).not.toEqual(fresh);
    const from = new ByteReader(fresh);
    for (const device of board.devices) device.load(from);
    expect(save()).toEqual(fresh);
    expect(seen.irq).toBe(false);
    expect(new Set(board.devices.map(({ name }) => name)).size).toBe(board.devices.length);
  });

  it("leaves holes where nothing answers, as QEMU does", () => {
    const { bus } = build().board;
    for (const address of [0x0801_2000, 0x0902_0018, 0x0a00_4000, 0x0c00_0000, 0x0e00_0000]) {
      expect(bus.read(address, 4), address.toString(16)).toBeUndefined();
    }
  });

  it("has what only QEMU's tree lists: blank flash, PCIe with nothing on it, and its messages", () => {
    const { board, seen } = build();
    board.powerOn(door, 0, true);
    const { bus } = board;
    expect(bus.read(memoryMap.flash.base, 4)).toBe(0);
    expect(bus.read(memoryMap.flash.base + memoryMap.flash.size, 4)).toBe(0);
    expect(bus.read(memoryMap.pcieConfiguration.base, 4)).toBe(0x0008_1b36);
    for (const empty of [memoryMap.pcieConfiguration.base + 0x8000, memoryMap.pcieMemory.base])
      expect(bus.read(empty, 4)).toBe(0xffff_ffff);
    expect(bus.read(memoryMap.pciePorts.base, 1)).toBe(0xff);
    expect(bus.read(memoryMap.pcieHighMemory.base + memoryMap.pcieHighMemory.size - 2, 2)).toBe(0xffff);
    expect(bus.read(memoryMap.gicv2m.base + 8, 4)).toBe(0x0050_0040);

    const [gicd, gicc] = [memoryMap.gicDistributor.base, memoryMap.gicCpuInterface.base];
    bus.write(gicd + 0x100 + 4 * 2, 4, 1 << 17);
    bus.write(gicd + 0xc00 + 4 * 5, 4, 2 << 2);
    bus.write(gicd, 4, 1);
    bus.write(gicc + 4, 4, 0xff);
    bus.write(gicc, 4, 1);
    bus.write(memoryMap.gicv2m.base + 0x40, 4, 81);
    expect(seen.irq).toBe(true);
    expect(bus.read(gicc + 0xc, 4)).toBe(81);
  });

  it("has the state of a machine without them until they are used", () => {
    const [{ board, seen }, { board: old }] = [build(), build({ semantics: 4 })];
    for (const each of [board, old]) each.powerOn(door, 0, true);
    expect(saved(board)).toEqual(saved(old));
    const fresh = saved(board);
    board.bus.write(memoryMap.pcieConfiguration.base + 4, 2, 7);
    board.bus.write(memoryMap.flash.base + memoryMap.flash.size, 4, 0x0090_0090);
    expect(seen.shown).toEqual([true, false]);
    const used = saved(board);
    expect(used.length).toBeGreaterThan(fresh.length);
    load(board, fresh);
    expect([seen.shown, board.bus.read(memoryMap.pcieConfiguration.base + 4, 2)]).toEqual([[true, true], 0]);
    load(board, used);
    expect([seen.shown, board.bus.read(memoryMap.pcieConfiguration.base + 4, 2)]).toEqual([[true, false], 7]);
    expect(saved(board)).toEqual(used);
  });

  it("has a watchdog where one is asked for, with a node that tells where, and saves it before what is seldom used", () => {
    const { board, ram, clock, seen } = build({ watchdog: true });
    board.powerOn(door, 0, true);
    const { bus } = board;
    const [base, gicd, gicc] = [memoryMap.watchdog.base, memoryMap.gicDistributor.base, memoryMap.gicCpuInterface.base];
    bus.write(gicd + 0x104, 4, 1 << 10);
    bus.write(gicd, 4, 1);
    bus.write(gicc + 4, 4, 0xff);
    bus.write(gicc, 4, 1);
    bus.write(base, 4, 24);
    bus.write(base + 8, 4, 3);
    clock.advanceTo(1000);
    expect([seen.irq, bus.read(gicc + 0xc, 4), seen.resets]).toEqual([true, 42, 0]);
    clock.advanceTo(2042);
    expect(seen.resets).toBe(1);
    expect(board.devices.map(({ name }) => name).slice(-2)).toEqual(["sp805", "seldom-used"]);
    const used = saved(board);
    board.powerOn(door, 5, false);
    expect(saved(board)).not.toEqual(used);
    load(board, used);
    expect(saved(board)).toEqual(used);

    const tree = readFdt(ram.subarray(18 * 2 ** 20, 19 * 2 ** 20)).root;
    expect(tree.children.map(({ name }) => name)).toContain("watchdog@90f0000");
    const without = build();
    without.board.powerOn(door, 0, true);
    expect(without.board.bus.read(base, 4)).toBeUndefined();
  });

  it("made as of older semantics, has them for firmware only", () => {
    const { bus } = build({ semantics: 4 }).board;
    for (const address of [0, memoryMap.gicv2m.base, memoryMap.pcieMemory.base, memoryMap.pcieConfiguration.base])
      expect(bus.read(address, 4), address.toString(16)).toBeUndefined();
  });
});
