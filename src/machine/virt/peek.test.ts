import { beforeEach, describe, expect, it } from "vitest";
import { ByteWriter } from "../../base/index.ts";
import type { Door, Mapping } from "../../hardware/index.ts";
import { HandClock } from "../../hardware/testing/hand-clock.ts";
import { memoryMap } from "./memory-map.ts";
import { flashOver, virtParts } from "./testing/parts.ts";
import { VirtBoard, type VirtDependencies } from "./virt.ts";

const PAGE_BYTES = 4096;
const SIZES = [4, 2, 1] as const;

/** The board, and everything of it that a read could change. */
function build() {
  const clock = new HandClock();
  const seen = { irq: false, output: 0, due: 0, writes: 0 };
  const parts: Partial<VirtDependencies> = {
    images: { kernel: new Uint8Array(4096).fill(1), initrd: new Uint8Array(100).fill(2) },
    clock,
    memory: { read: (_, length) => new Uint8Array(length), write: () => (seen.writes++, true) },
    flash: flashOver(new Uint8Array(2 * PAGE_BYTES)),
    irq: { set: (level) => (seen.irq = level) },
    countersDue: () => seen.due++,
    send: () => seen.output++,
  };
  const board = new VirtBoard(virtParts({ append: "quiet", watchdog: true }, parts));
  const state = (): string => {
    const to = new ByteWriter();
    for (const device of board.devices) device.save(to);
    const bytes = Buffer.from(to.finish()).toString("hex");
    return [bytes, JSON.stringify(seen), clock.now, ...clock.deadlines.values()].join(" ");
  };
  return { board, bus: board.bus, clock, seen, state };
}

const door: Door = {
  entropy: (_, length) => new Uint8Array(length),
  realTime: () => 1_800_000_000,
  nextInput: () => Infinity,
  takeInputs: () => [],
  idle: () => ({ kind: "wait" }),
};

/** Every register, and the ends of what is larger than registers are. */
function offsets({ size }: Mapping): number[] {
  const all = Array.from({ length: Math.min(size, 2 * PAGE_BYTES) / 4 }, (_, n) => 4 * n);
  return size > 2 * PAGE_BYTES ? [...all, size - PAGE_BYTES, size - 4] : all;
}

describe("what debuggers may read of devices", () => {
  let machine: ReturnType<typeof build>;

  /** Bytes received, interrupts pending and enabled, an item of firmware's half read, a query of flash begun, time gone by. */
  beforeEach(() => {
    machine = build();
    const { board, bus, clock, seen } = machine;
    board.powerOn(door, 0, true);
    const [gicd, gicc] = [memoryMap.gicDistributor.base, memoryMap.gicCpuInterface.base];
    for (let word = 0; word < 9; word++) bus.write(gicd + 0x100 + 4 * word, 4, 0xffff_ffff);
    bus.write(gicd, 4, 1);
    bus.write(gicc + 4, 4, 0xff);
    bus.write(gicc, 4, 1);
    bus.write(memoryMap.uart.base + 0x30, 4, 0x301);
    bus.write(memoryMap.uart.base + 0x38, 4, 0x7ff);
    board.ports[0]!.receive(Uint8Array.of(65));
    bus.write(memoryMap.uart.base, 4, 66);
    bus.write(memoryMap.fwCfg.base + 8, 2, 0);
    bus.read(memoryMap.fwCfg.base, 1);
    for (const register of [0x400, 0x410, 0x40c, 0x404]) bus.write(memoryMap.gpio.base + register, 4, 0x0f);
    bus.write(memoryMap.rtc.base + 4, 4, 1_800_000_009);
    bus.write(memoryMap.rtc.base + 0x10, 4, 1);
    bus.write(memoryMap.watchdog.base + 8, 4, 3);
    bus.write(memoryMap.flash.base, 4, 0x0098_0098);
    bus.write(memoryMap.flash.base + memoryMap.flash.size, 4, 0x0090_0090);
    bus.write(memoryMap.pcieConfiguration.base + 4, 2, 7);
    bus.write(memoryMap.gicv2m.base + 0x40, 4, 81);
    clock.now = 3_000_000_000;
    expect(seen.irq).toBe(true);
  });

  it("is what no device is changed by: every register of every device, at every size", () => {
    const { bus, state } = machine;
    const before = state();
    const shown = new Set<string>();
    for (const mapping of bus.mappings) {
      for (const offset of offsets(mapping)) {
        for (const size of SIZES) {
          const value = bus.peek(mapping.base + offset, size);
          if (value === "changes") continue;
          shown.add(mapping.device.name);
          expect(value).toBe(bus.peek(mapping.base + offset, size));
        }
      }
      expect(state() === before, mapping.device.name).toBe(true);
    }
    // No device is left out.
    expect(shown).toEqual(new Set(bus.mappings.map(({ device }) => device.name)));
  });

  it("is all but what does change them", () => {
    const refused = new Map<string, Set<number>>();
    for (const mapping of machine.bus.mappings) {
      for (const offset of offsets(mapping)) {
        if (machine.bus.peek(mapping.base + offset, 4) !== "changes") continue;
        const of = refused.get(mapping.device.name) ?? new Set();
        refused.set(mapping.device.name, of.add(offset));
      }
    }
    expect([...refused.values()].flatMap((of) => [...of])).toHaveLength(4);
    for (const [address, size] of [
      [memoryMap.uart.base, 4],
      [memoryMap.gicCpuInterface.base + 0xc, 4],
      [memoryMap.fwCfg.base, 1],
      [memoryMap.fwCfg.base + 4, 1],
    ] as const) {
      const before = machine.state();
      expect(machine.bus.peek(address, size)).toBe("changes");
      expect(machine.state()).toBe(before);
      machine.bus.read(address, size);
      expect(machine.state(), address.toString(16)).not.toBe(before);
    }
  });
});
