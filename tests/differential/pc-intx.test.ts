import { describe, expect, it } from "vitest";
import {
  Bus,
  gsi,
  I8259,
  IoApic,
  LocalApic,
  type MmioDevice,
  PciFunction,
  PciHost,
  Piix3,
  pirqOf,
  PORTS,
  refusesMisaligned,
  splitsMisaligned,
} from "../../src/hardware/index.ts";
import { describeFunction } from "../../src/hardware/pci/describe-function.ts";
import { HandClock } from "../../src/hardware/testing/hand-clock.ts";
import { type Random, seeded } from "../../src/hardware/testing/sample.ts";
import { IOAPIC, LAPIC, load, portIn, portOut, sameForGuest, store } from "./pc-board.ts";
import type { Act, ActBoard, Space } from "./pc-guest.ts";

const LINES = 24;
const SLOTS = [4, 5, 6, 7] as const;
const PIIX3_SLOT = 1;
const MESSAGES = 0x40;
const MB = 2 ** 20;
/** QEMU's educational device: status, raise, acknowledge. */
const [STATUS, RAISE, ACKNOWLEDGE] = [0x24, 0x60, 0x64] as const;
const registersOf = (slot: number): number => 0xe000_0000 + slot * MB;

const eduState = describeFunction({
  ...{ name: "edu", vendor: 0x1234, device: 0x11e8, revision: 0x10, class: 0xff, interruptPin: 1, messages: MESSAGES },
  bars: [{ register: 0, space: "memory", size: MB }],
});

/** What of it interrupts. */
class Edu implements MmioDevice {
  readonly name = "edu";
  readonly function: PciFunction;
  private status = 0;

  constructor(changed: (allPins: boolean) => void, message: (address: number, data: number) => void) {
    this.function = new PciFunction(eduState, {}, { changed, message });
  }

  read(offset: number): number {
    return offset === STATUS ? this.status : 0;
  }

  write(offset: number, _size: number, value: number): void {
    if (offset === RAISE) {
      this.status |= value;
      if (this.status === 0) return;
      if (this.function.usesMessages) this.function.sendMessage();
      else this.function.setInterrupt(true);
    } else {
      this.status &= ~value;
      if (this.status === 0 && !this.function.usesMessages) this.function.setInterrupt(false);
    }
  }
}

/** Four of them on a PC's bus, and its interrupt controllers. */
class Board implements ActBoard {
  private readonly memory = new Bus();
  private readonly ports = new Bus(PORTS);

  constructor() {
    const clock = new HandClock();
    const deliver = (address: number, data: number): void => lapic.deliverMessage(address, data);
    const pic: I8259 = new I8259({ set: (level) => lapic.lint0.set(level) });
    const ioapic = new IoApic(clock, { deliver, pic });
    const lapic: LocalApic = new LocalApic(clock, {
      ...{ intr: { set: () => {} }, pic, init: () => {} },
      eoi: (vector) => ioapic.endOfInterrupt(vector),
    });
    const lines = Array.from({ length: LINES }, (_, n) => gsi(n, pic, ioapic));
    const functions = new Map<number, PciFunction>();
    const asserted = (pirq: number): boolean =>
      [...functions].some(([slot, one]) => one.interrupts && pirqOf(slot, one.pin) === pirq);
    const piix3 = new Piix3(lines, asserted);
    functions.set(8 * PIIX3_SLOT, piix3);
    for (const slot of SLOTS) {
      const edu = new Edu(
        (allPins) => piix3.changed(allPins ? undefined : pirqOf(8 * slot, 1)),
        (address, data) => void this.memory.write(address, 4, data),
      );
      functions.set(8 * slot, edu.function);
      this.memory.map(registersOf(slot), MB, edu);
    }
    const host = new PciHost(functions);
    const port = (base: number, size: number, device: MmioDevice): void =>
      this.ports.map(base, size, refusesMisaligned(device));
    port(0x20, 2, pic.master);
    port(0xa0, 2, pic.slave);
    port(0x4d0, 2, pic.edgeLevel);
    port(0xcf8, 4, host.address);
    port(0xcfc, 4, host.data);
    this.memory.map(LAPIC, 0x10_0000, splitsMisaligned(lapic));
    this.memory.map(IOAPIC, 0x1000, splitsMisaligned(ioapic));
  }

  read(space: Space, address: number, size: 1 | 2 | 4): number {
    return (space === "memory" ? this.memory : this.ports).read(address, size) ?? 2 ** (8 * size) - 1;
  }

  write(space: Space, address: number, size: 1 | 2 | 4, value: number): void {
    (space === "memory" ? this.memory : this.ports).write(address, size, value);
  }

  interrupt(): undefined {}
}

const configure = (slot: number, register: number, value: number, size: 1 | 2 | 4): Act[] => [
  portOut(0xcf8, 0x8000_0000 + (slot << 11) + (register & ~3), 4),
  portOut(0xcfc + (register & 3), value, size),
];
const configuration = (slot: number, register: number, size: 1 | 2 | 4): Act[] => [
  portOut(0xcf8, 0x8000_0000 + (slot << 11) + (register & ~3), 4),
  portIn(0xcfc + (register & 3), size),
];
const ioapic = (register: number, value: number): Act[] => [store(IOAPIC, register), store(IOAPIC + 0x10, value)];

const start: Act[] = [
  ...[0x11, 0x20, 4, 1, 0].map((value, n) => portOut(0x20 + Math.min(n, 1), value)),
  ...[0x11, 0x28, 2, 1, 0].map((value, n) => portOut(0xa0 + Math.min(n, 1), value)),
  store(LAPIC + 0xf0, 0x1ff),
  ...SLOTS.flatMap((slot) => [...configure(slot, 0x10, registersOf(slot), 4), ...configure(slot, 4, 6, 2)]),
];

function act(random: Random): Act[] {
  const slot = SLOTS[random(4)]!;
  const irq = [3, 5, 9, 10, 11, 15][random(6)]!;
  switch (random(12)) {
    case 0:
      return configure(PIIX3_SLOT, 0x60 + random(4), random(4) ? irq : random(256), 1);
    case 1:
    case 2:
      return [store(registersOf(slot) + RAISE, random(4))];
    case 3:
    case 4:
      return [store(registersOf(slot) + ACKNOWLEDGE, random(3) ? 0xffff_ffff : random(4))];
    case 5:
      return configure(slot, 4, 2 | (random(4) ? 4 : 0) | (random(3) ? 0 : 0x400), 2);
    case 6: {
      const values = [0xfee0_0000, 0, 0x40 + random(64), random(2)];
      const [register, value] = [
        [MESSAGES + 4, values[0]!],
        [MESSAGES + 8, random(8) ? 0 : 1],
        [MESSAGES + 12, values[2]!],
        [MESSAGES + 2, values[3]!],
      ][random(4)]!;
      return configure(slot, register!, value!, register === MESSAGES + 2 ? 2 : 4);
    }
    case 7:
      return ioapic(0x10 + 2 * irq, random(3) ? 0x8000 | (0x80 + irq) | (random(2) << 13) : 0x1_0000);
    case 8:
      return [portOut(0x4d0 + random(2), random(256) & 0xf8), store(LAPIC + 0xb0, 0)];
    case 9:
      return [...configuration(slot, [4, 6, 0x34, 0x3d, MESSAGES, MESSAGES + 2][random(6)]!, 2)];
    default:
      return [
        ...[0x20, 0xa0].flatMap((port) => [portOut(port, 0x0a), portIn(port)]),
        ...[0x200, 0x220, 0x240, 0x260].map((register) => load(LAPIC + register)),
        ...[store(IOAPIC, 0x10 + 2 * irq), load(IOAPIC + 0x10), load(registersOf(slot) + STATUS)],
      ];
  }
}

describe("interrupts of PCI's functions, by pins and messages, go where QEMU's go", () => {
  it.each([1, 2, 3, 4])("random use, seed %i", async (seed) => {
    const random = seeded(seed);
    const acts = [...start, ...Array.from({ length: 1500 }, () => act(random)).flat()];
    const devices = SLOTS.flatMap((slot) => ["-device", `edu,addr=${slot}`]);
    expect(await sameForGuest(acts, new Board(), devices)).toBe(undefined);
  });
});
