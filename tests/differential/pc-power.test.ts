import { describe, expect, it } from "vitest";
import {
  Bus,
  type MmioDevice,
  Piix3Reset,
  Piix4Pm,
  Port92,
  PORTS,
  refusesMisaligned,
} from "../../src/hardware/index.ts";
import { HandClock } from "../../src/hardware/testing/hand-clock.ts";
import { line, type Random, seeded } from "../../src/hardware/testing/sample.ts";
import { type Act, type ActBoard, BEGIN, logOf, qemuLog, type Space } from "./pc-guest.ts";

const PM = 0x600;

/** What a PC has of power management. */
class Power implements ActBoard {
  private readonly clock = new HandClock();
  private readonly bus = new Bus(PORTS);

  constructor() {
    const pm = new Piix4Pm(this.clock, { sci: line, off: () => {}, suspend: () => {} });
    const map = (base: number, size: number, device: MmioDevice): void =>
      this.bus.map(base, size, refusesMisaligned(device));
    map(0xb2, 2, pm.apm);
    map(0x92, 1, new Port92(line, () => {}).port);
    map(0xcf9, 1, new Piix3Reset(() => {}).port);
    map(PM, 64, pm.ports);
    map(0xafe0, 4, pm.gpe);
  }

  read(_space: Space, address: number, size: 1 | 2 | 4): number {
    return this.bus.read(address, size)!;
  }

  write(_space: Space, address: number, size: 1 | 2 | 4, value: number): void {
    this.bus.write(address, size, value);
  }

  interrupt(): undefined {}

  advance(instructions: number): void {
    this.clock.advanceTo(BEGIN + instructions);
  }
}

const read = (address: number, size: 1 | 2 | 4): Act => ({ does: "read", space: "port", address, size });
const write = (address: number, value: number, size: 1 | 2 | 4): Act => ({
  ...{ does: "write", space: "port", address, size, value },
});
const configure = (register: number, value: number): Act[] => [
  write(0xcf8, 0x8000_0b00 + register, 4),
  write(0xcfc, value, 4),
];

function act(random: Random): Act {
  const size = ([1, 2, 4] as const)[random(3)]!;
  const port = [PM + random(16), 0xafe0 + random(4), 0xb2 + random(2), 0x92, 0xcf9][random(5)]!;
  if (random(8) === 0) return { does: "wait", rounds: 1 + random(2 ** random(20)) };
  if (random(2)) return read(port, size);
  if (port === 0x92) return write(port, 2 | (random(256) & ~1), 1);
  // No sleep, no reset, no A20, no SMI; no timer's interrupt, which QEMU waits for without an end.
  if (port === 0xcf9) return write(port, (random() & ~0x0404_0404) >>> 0, size);
  if (port <= 0xb3 && port >= 0xb2) return write(0xb3, random(256), 1);
  return write(port, (random() & (port < PM + 2 ? ~0 : ~0x2020_2121)) >>> 0, size);
}

describe("a PC's power management does what QEMU's does for a guest", () => {
  it.each([1, 2, 3, 4])("random use in time, seed %i", async (seed) => {
    const random = seeded(seed);
    const acts = [
      ...configure(0x40, PM | 1),
      ...configure(0x80, 1),
      ...Array.from({ length: 2000 }, () => act(random)),
    ];
    const [theirs, ours] = [await qemuLog(acts), logOf(acts, new Power())];
    const hex = (log: number[]): string[] => log.map((value) => value.toString(16));
    expect(hex(ours)).toEqual(hex(theirs));
  });
});
