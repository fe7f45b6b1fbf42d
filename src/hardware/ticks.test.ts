import { expect, it } from "vitest";
import { seeded } from "./testing/sample.ts";
import { firstNsOf, nsOf, ticksIn } from "./ticks.ts";

it.each([1_193_182, 3_579_545, 8_999_999])("%i Hz: exact at any time", (hz) => {
  const random = seeded(1);
  for (let n = 0; n < 2000; n++) {
    const at = random(2 ** 20) * 2 ** random(33) + random();
    const exact = (BigInt(at) * BigInt(hz)) / 10n ** 9n;
    expect(ticksIn(at, hz)).toBe(Number(exact));
    const ticks = Number(exact);
    if (!Number.isSafeInteger(at)) continue;
    expect(nsOf(ticks, hz)).toBe(Number((exact * 10n ** 9n) / BigInt(hz)));
    const first = firstNsOf(ticks, hz);
    expect([ticksIn(first, hz), first === 0 || ticksIn(first - 1, hz) < ticks]).toEqual([ticks, true]);
  }
});
