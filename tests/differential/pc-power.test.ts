import { describe, expect, it } from "vitest";
import { type Random, seeded } from "../../src/hardware/testing/sample.ts";
import { PM, portIn, portOut, sameForGuest } from "./pc-board.ts";
import type { Act } from "./pc-guest.ts";

const configure = (register: number, value: number): Act[] => [
  portOut(0xcf8, 0x8000_0b00 + register, 4),
  portOut(0xcfc, value, 4),
];

function act(random: Random): Act {
  const size = ([1, 2, 4] as const)[random(3)]!;
  const port = [PM + random(16), 0xafe0 + random(4), 0xb2 + random(2), 0x92, 0xcf9][random(5)]!;
  if (random(8) === 0) return { does: "wait", rounds: 1 + random(2 ** random(20)) };
  if (random(2)) return portIn(port, size);
  if (port === 0x92) return portOut(port, 2 | (random(256) & ~1), 1);
  // No sleep, no reset, no A20, no SMI; no timer's interrupt, which QEMU waits for without an end.
  if (port === 0xcf9) return portOut(port, (random() & ~0x0404_0404) >>> 0, size);
  if (port <= 0xb3 && port >= 0xb2) return portOut(0xb3, random(256), 1);
  return portOut(port, (random() & (port < PM + 2 ? ~0 : ~0x2020_2121)) >>> 0, size);
}

describe("a PC's power management does what QEMU's does for a guest", () => {
  it.each([1, 2, 3, 4])("random use in time, seed %i", async (seed) => {
    const random = seeded(seed);
    const acts = [
      ...configure(0x40, PM | 1),
      ...configure(0x80, 1),
      ...Array.from({ length: 2000 }, () => act(random)),
    ];
    expect(await sameForGuest(acts)).toBe(undefined);
  });
});
