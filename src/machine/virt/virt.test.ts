import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../base/index.ts";
import type { Door, Timer } from "../../hardware/index.ts";
import { readFdt } from "./fdt.ts";
import { memoryMap } from "./memory-map.ts";
import { VirtBoard, type VirtDependencies } from "./virt.ts";

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
  const seen = { irq: false, output: "", now: 0, deadlines: new Map<Timer, number>() };
  const board = new VirtBoard({
    configuration: { ramBytes: RAM_BYTES, append: "quiet", randomness: true, shift: 0, ...configuration },
    images: { kernel: new Uint8Array(4096).fill(1), initrd: new Uint8Array(100).fill(2) },
    clock: {
      nowNs: () => seen.now,
      position: () => 0,
      setDeadline: (timer, ns) =>
        void (ns === undefined ? seen.deadlines.delete(timer) : seen.deadlines.set(timer, ns)),
    },
    memory: {
      read: (address, length) =>
        inside(address, length) ? ram.slice(address - base, address - base + length) : undefined,
      write(address, bytes) {
        if (!inside(address, bytes.length)) return false;
        ram.set(bytes, address - base);
        return true;
      },
    },
    irq: { set: (level) => (seen.irq = level) },
    countersDue: () => {},
    output: (port, byte) => (seen.output += `${port}${String.fromCharCode(byte)}`),
  });
  return { board, ram, seen };
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
    const { board, seen } = build();
    board.powerOn(door, 0, true);
    const { bus } = board;
    const gicd = memoryMap.gicDistributor.base;
    const gicc = memoryMap.gicCpuInterface.base;
    for (let word = 0; word < 9; word++) bus.write(gicd + 0x100 + 4 * word, 4, 0xffff_ffff);
    bus.write(gicd, 4, 1);
    bus.write(gicc + 4, 4, 0xff);
    bus.write(gicc, 4, 1);

    bus.write(memoryMap.uart.base + 0x38, 4, 0x10);
    expect(board.room(0)).toBe(1);
    board.receive({ kind: "serial", port: 0, bytes: Uint8Array.of(65) });
    expect(seen.irq).toBe(true);
    expect(bus.read(gicc + 0xc, 4)).toBe(33);
    expect(bus.read(memoryMap.uart.base, 4)).toBe(65);
    bus.write(gicc + 0x10, 4, 33);
    expect(seen.irq).toBe(false);
    bus.write(memoryMap.uart.base, 4, 66);
    expect(seen.output).toBe("0B");

    board.timer.write(4, 100n);
    board.timer.write(3, 1n);
    seen.now = 1600;
    for (const timer of seen.deadlines.keys()) timer.expire();
    expect(bus.read(gicc + 0xc, 4)).toBe(27);
  });

  it("restores all devices from their bytes", () => {
    const { board, seen } = build();
    board.powerOn(door, 0, true);
    const save = () => {
      const to = new ByteWriter();
      for (const device of board.devices) device.save(to);
      return to.finish();
    };
    const fresh = save();
    board.receive({ kind: "serial", port: 0, bytes: Uint8Array.of(1) });
    board.timer.write(0, 1n);
    const used = save();
    expect(used).not.toEqual(fresh);
    const from = new ByteReader(fresh);
    for (const device of board.devices) device.load(from);
    expect(save()).toEqual(fresh);
    expect(seen.irq).toBe(false);
    expect(new Set(board.devices.map(({ name }) => name)).size).toBe(board.devices.length);
  });

  it("leaves holes where nothing answers", () => {
    const { bus } = build().board;
    for (const address of [0, 0x0801_2000, 0x0902_0018, 0x0a00_4000, 0x1000_0000, 0x3eff_0000]) {
      expect(bus.read(address, 4), address.toString(16)).toBeUndefined();
    }
  });
});
