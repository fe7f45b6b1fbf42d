import { expect, it } from "vitest";
import { placeLabels } from "./labels.ts";

const place = (...bookmarks: readonly (readonly [x: number, label: string, here?: boolean])[]) =>
  placeLabels(
    bookmarks.map(([x, label, here = false]) => ({ x, label, here })),
    (text) => text.length * 7,
    300,
  ).map(({ text, x }) => [text, x]);

it("puts a bookmark's label on its right, at the right edge on its left", () => {
  expect(place([50, "mark1"])).toEqual([["mark1", 59]]);
  expect(place([293, "mark1"])).toEqual([["mark1", 293 - 9 - 35]]);
});
it("leaves out what would lie on another, but never the one whose instant is shown", () => {
  expect(place([50, "mark1"], [55, "mark2"], [60, "mark3"]).map(([text]) => text)).toEqual(["mark1", "mark2"]);
  expect(place([50, "mark1"], [55, "mark2"], [60, "mark3", true]).map(([text]) => text)).toEqual(["mark3", "mark1"]);
  expect(place([298, "x".repeat(42), true])).toEqual([["x".repeat(42), 6]]);
});
