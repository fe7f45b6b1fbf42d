import { expect, it } from "vitest";
import { plain } from "./testing/sessions.ts";

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
