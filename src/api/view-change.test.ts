import { describe, expect, it } from "vitest";
import type { SnapshotMark, View } from "./machine.ts";
import { noMachine } from "./no-machine.ts";
import { spliceBetween, spliced } from "./splice.ts";
import { ViewReader, ViewTeller } from "./view-change.ts";

describe("a splice", () => {
  it("makes any list of any other, and is none where they are equal", () => {
    const lists = [[], [1], [2], [1, 2], [2, 1], [1, 1], [1, 1, 1], [1, 2, 1], [2, 1, 2, 1], [1, 2, 2, 1]];
    for (const before of lists)
      for (const after of lists) {
        const splice = spliceBetween(before, after, Object.is);
        expect(spliced(before, splice)).toEqual(after);
        expect(splice === undefined).toBe(before.join() === after.join());
      }
  });

  it("takes more at once than a call has arguments", () => {
    const many = Array.from({ length: 300_000 }, (_, i) => i);
    expect(spliced([], spliceBetween([], many, Object.is))).toHaveLength(many.length);
  });

  it("has only what is new", () => {
    expect(spliceBetween([1, 2, 9], [1, 2, 3, 9], Object.is)).toEqual({ at: 2, removed: 0, added: [3] });
    expect(spliceBetween([1, 2, 3, 9], [1, 3, 9], Object.is)).toEqual({ at: 1, removed: 1, added: [] });
  });
});

describe("views", () => {
  const snapshot = (position: number, label = ""): SnapshotMark => ({
    ...{ position, label, virtualNs: 2 * position, named: label !== "" },
  });
  const views: View[] = [
    noMachine,
    { ...noMachine, position: 5, snapshots: [snapshot(0), snapshot(5)] },
    { ...noMachine, position: 6, snapshots: [snapshot(0), snapshot(5)], inputs: [{ position: 6, label: "l" }] },
    { ...noMachine, snapshots: [snapshot(0), snapshot(5, "here")], inputs: [{ position: 6, label: "ls\n" }] },
    { ...noMachine, snapshots: [snapshot(5, "here")], inputs: [] },
    noMachine,
  ];

  it("arrive whole", () => {
    const teller = new ViewTeller();
    const reader = new ViewReader();
    for (const view of views) expect(reader.view(structuredClone(teller.change(view)))).toEqual(view);
  });

  it("do not tell again of what was told", () => {
    const teller = new ViewTeller();
    const changes = views.map((view) => teller.change(view));
    expect(changes[1]!.snapshots!.added).toHaveLength(2);
    expect(changes[2]).toMatchObject({ snapshots: undefined, inputs: { added: [{ label: "l" }] } });
  });
});
