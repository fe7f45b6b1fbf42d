import { describe, expect, it } from "vitest";
import { type Random, seeded } from "../../src/hardware/testing/sample.ts";
import { HPET, load, portIn, portOut, sameForGuest, store } from "./pc-board.ts";
import type { Act } from "./pc-guest.ts";

const COUNTER = HPET + 0xf0;
const CONFIGURATION = HPET + 0x10;

/** Initialised as firmware does, no input masked. */
const startPic: Act[] = [
  ...[0x11, 0x20, 4, 1, 0].map((value, n) => portOut(0x20 + Math.min(n, 1), value)),
  ...[0x11, 0x28, 2, 1, 0].map((value, n) => portOut(0xa0 + Math.min(n, 1), value)),
];

function hpetAct(random: Random): Act[] {
  const timer = HPET + 0x100 + 0x20 * random(3);
  /** Near, far, in another half. Counters begin low: QEMU moves periodic comparators step by step. */
  const some = (): number => [random(64), random(4096), 2 ** 32 - 1 - random(1000), random()][random(4)]!;
  switch (random(12)) {
    case 0:
      return [store(CONFIGURATION, random(8) ? 1 + random(2) * 2 : random(4))];
    case 1:
      return [store(CONFIGURATION, 0), store(COUNTER, random(5000)), store(COUNTER + 4, 0)];
    case 2:
    case 3:
      // Lines 0 to 23, no messages.
      return [store(timer, (random(0x200) | (random(24) << 9) | (random(2) ? 4 : 0)) & ~0x4000)];
    case 4:
    case 5:
      return [load(COUNTER), store(timer + 8, some())];
    case 6:
      return [store(timer + 8, random(5000)), ...(random(2) ? [store(timer + 12, 0)] : [])];
    case 7:
      return [store(HPET + 0x20, random(8))];
    case 8:
      return [{ does: "wait", rounds: 1 + random(2 ** random(15)) }];
    case 9:
      return [portOut(0x20, 0x20), portOut(0xa0, 0x20)];
    case 10:
      return [load(HPET + 4 * random(0x58)), load(HPET + random(0x160), ([1, 2, 4] as const)[random(3)])];
    default:
      return [load(HPET + 0x20), portIn(0x20), portIn(0xa0), load(COUNTER + 4), load(timer + 8), load(timer + 12)];
  }
}

describe("an HPET does what QEMU's does for a guest", () => {
  it.each([1, 2, 3, 4])("random use in time, seed %i", async (seed) => {
    const random = seeded(seed);
    expect(await sameForGuest([...startPic, ...Array.from({ length: 2000 }, () => hpetAct(random)).flat()])).toBe(
      undefined,
    );
  });
});
