import { describe, expect, it } from "vitest";
import { gsi, I8259, IoApic, LocalApic, type MmioDevice } from "../../src/hardware/index.ts";
import { HandClock } from "../../src/hardware/testing/hand-clock.ts";
import { type Random, seeded } from "../../src/hardware/testing/sample.ts";
import { type Act, type ActBoard, logOf, qemuLog, type Space } from "./pc-guest.ts";

const LAPIC = 0xfee0_0000;
const IOAPIC = 0xfec0_0000;
/** The serial port's interrupt enable register: bit 1 drives line 4. */
const UART_IER = 0x3f9;
const UART_LINE = 4;
const NMI_REQUEST = 0x100;
const NMI_VECTOR = 2;

/** The interrupt controllers as a PC has them. */
class Interrupts implements ActBoard {
  readonly pic = new I8259({ set: (level) => this.lapic.lint0.set(level) });
  readonly ioapic = new IoApic(new HandClock(), {
    deliver: (address, data) => this.lapic.deliverMessage(address, data),
    pic: this.pic,
  });
  asks = false;
  readonly lapic: LocalApic = new LocalApic(new HandClock(), {
    intr: { set: (level) => (this.asks = level) },
    pic: this.pic,
    eoi: (vector) => this.ioapic.endOfInterrupt(vector),
    init: () => {},
  });
  private uartLevel = false;
  private readonly uart = gsi(UART_LINE, this.pic, this.ioapic);

  read(space: Space, address: number, size: 1 | 2 | 4): number {
    const [device, base] = this.at(space, address);
    return device.read(address - base, size);
  }

  write(space: Space, address: number, size: 1 | 2 | 4, value: number): void {
    if (space === "port" && address === UART_IER) return this.setUart((value & 2) !== 0);
    const [device, base] = this.at(space, address);
    device.write(address - base, size, value);
  }

  interrupt(enabled: boolean): number | undefined {
    if (!this.asks) return undefined;
    const request = this.lapic.request();
    if (request < NMI_REQUEST && !enabled) return undefined;
    this.lapic.acknowledge();
    return request === NMI_REQUEST ? NMI_VECTOR : request;
  }

  /** Its line is driven when something changes. */
  private setUart(level: boolean): void {
    if (level !== this.uartLevel) this.uart.set(level);
    this.uartLevel = level;
  }

  private at(space: Space, address: number): [MmioDevice, number] {
    if (space === "memory") return address >= LAPIC ? [this.lapic, LAPIC] : [this.ioapic, IOAPIC];
    return address >= 0x4d0
      ? [this.pic.edgeLevel, 0x4d0]
      : address >= 0xa0
        ? [this.pic.slave, 0xa0]
        : [this.pic.master, 0x20];
  }
}

const read = (address: number): Act => ({ does: "read", space: "memory", address, size: 4 });
const write = (address: number, value: number): Act => ({ does: "write", space: "memory", address, size: 4, value });
const out = (address: number, value: number): Act => ({ does: "write", space: "port", address, size: 1, value });
const lapic = (register: number): number => LAPIC + (register << 4);
const window: Act = { does: "window" };
const ioapic = (register: number, value: number): Act[] => [write(IOAPIC, register), write(IOAPIC + 0x10, value)];

async function same(acts: readonly Act[]): Promise<void> {
  const [theirs, ours] = [await qemuLog(acts), logOf(acts, new Interrupts())];
  const hex = (log: number[]): string[] => log.map((value) => value.toString(16));
  expect(hex(ours)).toEqual(hex(theirs));
}

/** Initialised as firmware does: vectors 20h and 28h. */
const startPic: Act[] = [
  ...[out(0x20, 0x11), out(0x21, 0x20), out(0x21, 4), out(0x21, 1), out(0xa0, 0x11), out(0xa1, 0x28), out(0xa1, 2)],
  ...[out(0xa1, 1), out(0x21, 0xef), out(0xa1, 0xff)],
];

function lapicAct(random: Random): Act[] {
  const vector = (): number => 16 + random(240);
  switch (random(10)) {
    case 0:
      return [write(lapic(0x0b), 0)];
    case 1:
      return [write(lapic(0x08), random(2) ? 0 : random(256))];
    case 2:
      return [write(lapic(0x0f), 0x1ff - (random(5) ? 0 : 0x100))];
    case 3:
      return [
        write(lapic([0x02, 0x0d, 0x0e][random(3)]!), random(3) ? random() : [0, 0xf000_0000, 0xffff_ffff][random(3)]!),
      ];
    case 4:
      return [write(lapic(0x31), random(2) ? random() : 0)];
    case 5:
    case 6: {
      // Fixed, lowest priority, NMI; to whom.
      const delivery = [0, 0, 0, 1, 4][random(5)]! << 8;
      return [write(lapic(0x30), (vector() | delivery | ((random(0x1000) & 0xc88) << 8) | (random(2) << 11)) >>> 0)];
    }
    case 7: {
      const delivery = [0, 0, 1, 4, 7][random(5)]! << 8;
      const address = LAPIC + (random(2) ? random(0x100) << 12 : 0) + 4 * random(2);
      return [write(address, vector() | delivery | (random(2) << 15))];
    }
    case 8:
      return [window];
    default:
      return [read(lapic(random(0x40)))];
  }
}

function ioapicAct(random: Random): Act[] {
  // Fixed, lowest priority, NMI, ExtINT; level-triggered; masked.
  const entry = (): number => (16 + random(240)) | ([0, 0, 0, 1, 4, 7][random(6)]! << 8) | (random(32) << 11);
  switch (random(6)) {
    case 0:
      return ioapic(0x10 + 2 * UART_LINE, entry() | (random(4) ? 0 : 0x1_0000));
    case 1:
      // QEMU makes addresses of the bits below.
      return ioapic(0x11 + 2 * UART_LINE, random(2) ? 0 : (random(256) << 24) >>> 0);
    case 2:
      return ioapic(random(0x10 + 2 * UART_LINE), (random() | 0x1_0000) >>> 0);
    case 3:
      return [write(IOAPIC + 0x40, random(256))];
    default:
      return [write(IOAPIC, random(0x48)), read(IOAPIC + 0x10), read(IOAPIC)];
  }
}

function picAct(random: Random): Act[] {
  switch (random(6)) {
    case 0:
      return [out(0x21, random(2) ? 0xef : 0xff)];
    case 1:
      return [out(0x4d0, random(2) << 4)];
    case 2:
      return [out(0x20, 0x0a + random(2)), { does: "read", space: "port", address: 0x20, size: 1 }];
    case 3: {
      // ExtINT, masked. The write of TPR lets QEMU see that it has nothing to ask for any more.
      const lint0 = [0x700, 0x700, 0x8700, 0x1_0700][random(4)]!;
      return [write(lapic(0x35), lint0), write(lapic(0x08), 0)];
    }
    default:
      return [out(0x20, 0x20)];
  }
}

describe("a PC's interrupt controllers do what QEMU's do for a guest", () => {
  it("lapic: every register after a reset, and of every size", async () => {
    const registers = Array.from({ length: 0x40 }, (_, n) => n);
    const sizes = [1, 2, 4] as const;
    await same([
      ...registers.map((n) => read(lapic(n))),
      ...registers.flatMap((n) => sizes.map((size): Act => ({ ...read(lapic(n) + 4), size }) as Act)),
      ...registers
        .filter((n) => n !== 0x30 && n !== 0x39)
        .flatMap((n) => [write(lapic(n), 0x1234_5678), read(lapic(n))]),
    ]);
  });

  it.each([1, 2, 3, 4])("lapic: random use, seed %i", async (seed) => {
    const random = seeded(seed);
    await same([write(lapic(0x0f), 0x1ff), ...Array.from({ length: 3000 }, () => lapicAct(random)).flat(), window]);
  });

  it.each([1, 2, 3, 4])("i8259, ioapic and lapic with a serial port's line: random use, seed %i", async (seed) => {
    const random = seeded(seed);
    const line = (): Act[] => [out(UART_IER, 2 * random(2))];
    const acts = [line, line, line, lapicAct, ioapicAct, ioapicAct, picAct, picAct, (): Act[] => [window]];
    const some = Array.from({ length: 3000 }, () => acts[random(acts.length)]!(random)).flat();
    await same([...startPic, write(lapic(0x0f), 0x1ff), ...some, window]);
  });
});
