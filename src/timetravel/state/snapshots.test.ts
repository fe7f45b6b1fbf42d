import { expect, it } from "vitest";
import type { Machine } from "../../machine/index.ts";
import type { Chronicle } from "../session/chronicle.ts";
import { FakePages } from "../testing/fake-pages.ts";
import { plain } from "../testing/sessions.ts";
import { MemoryHistory } from "./memory.ts";
import { Snapshots } from "./snapshots.ts";

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

// Regression: who stood early in a boot, where one snapshot holds much, lost nearly all those after it, which hold little.
it("thins out what holds much before what shares its pages", () => {
  const pages = new FakePages(64);
  const machine = { position: 0, nowNs: 0, save: () => new Uint8Array(16), load: () => undefined };
  const memory = new MemoryHistory(pages, () => undefined);
  const snapshots = new Snapshots(machine as unknown as Machine, memory, { memoryBytes: 135 * 4096, count: 1000 });
  const take = (position: number, written: number): void => {
    for (let page = 0; page < written; page++) pages.write(page * 4096, position / 1000);
    Object.assign(machine, { position });
    snapshots.take({ entropy: 0, realTimes: 0 });
  };
  take(0, 0);
  for (let position = 10_000; position <= 40_000; position += 10_000) take(position, 30);
  for (let position = 50_000; position <= 200_000; position += 10_000) take(position, 1);
  expect(snapshots.all.length).toBe(21);
  snapshots.restore(snapshots.at(10_000)!);
  take(15_000, 30);
  expect(snapshots.all.filter(({ position }) => position >= 40_000).length).toBeGreaterThanOrEqual(16);
  expect(snapshots.at(15_000)).toBeDefined();
});
