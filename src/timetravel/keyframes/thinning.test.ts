import { describe, expect, it } from "vitest";
import type { Snapshot } from "../state/snapshots.ts";
import { spacing, thinned, worthKeeping } from "./thinning.ts";

const limits = { keyframeInterval: 1000, keyframeCount: 4 };
const snapshots = (...positions: number[]): Snapshot[] => positions.map((position) => ({ position }) as Snapshot);
const chosen = (...args: Parameters<typeof worthKeeping>): number[] => worthKeeping(...args).map((one) => one.position);

it("keyframes are an interval apart, twice as far as often as it takes to have few enough", () => {
  expect([0, 4000, 4001, 8001, 99_000].map((length) => spacing(length, 0, limits))).toEqual(
    [1000, 1000, 2000, 4000, 32_000], // prettier-ignore
  );
  // They took too much room before.
  expect([spacing(4000, 3000, limits), spacing(40_000, 3000, limits)]).toEqual([3000, 12_000]);
});

describe("a snapshot is worth keeping", () => {
  it("that lies apart from the start, from others, and from what is stored", () => {
    const all = snapshots(0, 500, 1000, 1500, 2000, 2999, 3000);
    expect(chosen(all, [], 9999, 1000)).toEqual([1000, 2000, 3000]);
    expect(chosen(all, [1500], 9999, 1000)).toEqual([2999]);
  });

  it("as far as history is indexed", () => {
    expect(chosen(snapshots(1000, 2000, 3000), [], 2000, 1000)).toEqual([1000, 2000]);
  });
});

it("thinning leaves the first of those that are too near", () => {
  expect(thinned([1000, 2000, 3000, 3500, 5000], 2000)).toEqual([2000, 5000]);
  expect(thinned([], 2000)).toEqual([]);
});
