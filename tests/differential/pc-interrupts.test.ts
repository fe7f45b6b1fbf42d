import { describe, expect, it } from "vitest";
import { type Random, seeded } from "../../src/hardware/testing/sample.ts";
import {
  interruptWindow,
  IOAPIC,
  LAPIC,
  load,
  portIn,
  portOut,
  sameForGuest,
  store,
  UART_IER,
  UART_LINE,
} from "./pc-board.ts";
import type { Act } from "./pc-guest.ts";

async function same(acts: readonly Act[]): Promise<void> {
  expect(await sameForGuest(acts)).toBe(undefined);
}

const lapic = (register: number): number => LAPIC + (register << 4);
const ioapic = (register: number, value: number): Act[] => [store(IOAPIC, register), store(IOAPIC + 0x10, value)];

/** Initialised as firmware does: vectors 20h and 28h. */
const startPic: Act[] = [
  ...[
    portOut(0x20, 0x11),
    portOut(0x21, 0x20),
    portOut(0x21, 4),
    portOut(0x21, 1),
    portOut(0xa0, 0x11),
    portOut(0xa1, 0x28),
    portOut(0xa1, 2),
  ],
  ...[portOut(0xa1, 1), portOut(0x21, 0xef), portOut(0xa1, 0xff)],
];

function lapicAct(random: Random): Act[] {
  const vector = (): number => 16 + random(240);
  switch (random(10)) {
    case 0:
      return [store(lapic(0x0b), 0)];
    case 1:
      return [store(lapic(0x08), random(2) ? 0 : random(256))];
    case 2:
      return [store(lapic(0x0f), 0x1ff - (random(5) ? 0 : 0x100))];
    case 3:
      return [
        store(lapic([0x02, 0x0d, 0x0e][random(3)]!), random(3) ? random() : [0, 0xf000_0000, 0xffff_ffff][random(3)]!),
      ];
    case 4:
      return [store(lapic(0x31), random(2) ? random() : 0)];
    case 5:
    case 6: {
      // Fixed, lowest priority, NMI; to whom.
      const delivery = [0, 0, 0, 1, 4][random(5)]! << 8;
      return [store(lapic(0x30), (vector() | delivery | ((random(0x1000) & 0xc88) << 8) | (random(2) << 11)) >>> 0)];
    }
    case 7: {
      const delivery = [0, 0, 1, 4, 7][random(5)]! << 8;
      const address = LAPIC + (random(2) ? random(0x100) << 12 : 0) + 4 * random(2);
      return [store(address, vector() | delivery | (random(2) << 15))];
    }
    case 8:
      return [interruptWindow];
    default:
      return [load(lapic(random(0x40)))];
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
      return [store(IOAPIC + 0x40, random(256))];
    default:
      return [store(IOAPIC, random(0x48)), load(IOAPIC + 0x10), load(IOAPIC)];
  }
}

function picAct(random: Random): Act[] {
  switch (random(6)) {
    case 0:
      return [portOut(0x21, random(2) ? 0xef : 0xff)];
    case 1:
      return [portOut(0x4d0, random(2) << 4)];
    case 2:
      return [portOut(0x20, 0x0a + random(2)), portIn(0x20)];
    case 3: {
      // ExtINT, masked. The write of TPR lets QEMU see that it has nothing to ask for any more.
      const lint0 = [0x700, 0x700, 0x8700, 0x1_0700][random(4)]!;
      return [store(lapic(0x35), lint0), store(lapic(0x08), 0)];
    }
    default:
      return [portOut(0x20, 0x20)];
  }
}

describe("a PC's interrupt controllers do what QEMU's do for a guest", () => {
  it("lapic: every register after a reset, and of every size", async () => {
    const registers = Array.from({ length: 0x40 }, (_, n) => n);
    const sizes = [1, 2, 4] as const;
    await same([
      ...registers.map((n) => load(lapic(n))),
      ...registers.flatMap((n) => sizes.map((size) => load(lapic(n) + 4, size))),
      ...registers
        .filter((n) => n !== 0x30 && n !== 0x39)
        .flatMap((n) => [store(lapic(n), 0x1234_5678), load(lapic(n))]),
    ]);
  });

  it.each([1, 2, 3, 4])("lapic: random use, seed %i", async (seed) => {
    const random = seeded(seed);
    await same([
      store(lapic(0x0f), 0x1ff),
      ...Array.from({ length: 3000 }, () => lapicAct(random)).flat(),
      interruptWindow,
    ]);
  });

  it.each([1, 2, 3, 4])("i8259, ioapic and lapic with a serial port's line: random use, seed %i", async (seed) => {
    const random = seeded(seed);
    const line = (): Act[] => [portOut(UART_IER, 2 * random(2))];
    const acts = [line, line, line, lapicAct, ioapicAct, ioapicAct, picAct, picAct, (): Act[] => [interruptWindow]];
    const some = Array.from({ length: 3000 }, () => acts[random(acts.length)]!(random)).flat();
    await same([...startPic, store(lapic(0x0f), 0x1ff), ...some, interruptWindow]);
  });
});
