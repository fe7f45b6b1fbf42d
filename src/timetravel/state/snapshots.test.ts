import { expect, it } from "vitest";
import type { Chronicle } from "../session/chronicle.ts";
import { plain } from "../testing/sessions.ts";

it("thins out with distance: dense near the cursor, even far away, and never without the start", async () => {
  const session = plain("", {
    limits: { snapshotInterval: 1000, hashInterval: 100_000, snapshotCount: 50 },
    sleep: false,
  });
  await session.run({ until: 800_000 });
  const positions = session.keyframes().map(({ position }) => position);
  expect(positions.length).toBeLessThanOrEqual(50);
  expect(positions[0]).toBe(0);
  const gaps = positions.slice(1).map((position, index) => position - positions[index]!);
  const far = gaps.slice(0, gaps.length >> 1);
  expect(Math.max(...far)).toBeLessThanOrEqual(4 * Math.min(...far));
  expect(Math.max(...gaps.slice(-5))).toBeLessThanOrEqual(2000);
});

it("stay within their memory, whatever the length and however one moves", async () => {
  const memoryBytes = 2 ** 20;
  const limits = { snapshotInterval: 1000, hashInterval: 100_000, memoryBytes };
  const session = plain("", { limits, sleep: false });
  const held = (): number => {
    const { memory, snapshots } = (session as unknown as { course: { chronicle: Chronicle } }).course.chronicle;
    return memory.bytes + snapshots.all.reduce((total, { state }) => total + state.length, 0);
  };
  for (let end = 50_000; end <= 600_000; end += 50_000) {
    await session.run({ until: end });
    // What one interval writes comes on top: all of this machine's RAM.
    expect(held()).toBeLessThan(memoryBytes + 70 * 4096);
    await session.seek(end - 33_333);
    for (let count = 0; count < 50; count++) await session.stepBack();
    expect(held()).toBeLessThan(memoryBytes + 70 * 4096);
    await session.seek(end);
  }
  expect(session.keyframes().length).toBeGreaterThan(4);
});
