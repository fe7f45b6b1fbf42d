import { expect, it } from "vitest";
import { type BreakpointView, type KeptBreakpoint, noMachine, type View } from "../../api/index.ts";
import { KeptBreakpoints, type Texts } from "./kept-breakpoints.ts";

const point: KeptBreakpoint = {
  kind: "write",
  label: "jiffies",
  address: 0xffff_8000_0912_0080n,
  length: 8,
  enabled: false,
};
const withId = (id: number): BreakpointView => ({ ...point, id });
const view = (id: string | undefined, breakpoints: readonly BreakpointView[] = []): View => ({
  ...noMachine,
  recording: id === undefined ? undefined : { id, name: id },
  breakpoints,
});

/** A browser's texts, and pages that come one after the other. */
function browser() {
  const map = new Map<string, string>();
  const texts: Texts = {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, text) => void map.set(key, text),
    removeItem: (key) => void map.delete(key),
    key: (at) => [...map.keys()][at] ?? null,
    get length() {
      return map.size;
    },
  };
  const restored: (readonly KeptBreakpoint[])[] = [];
  return { map, restored, page: (): KeptBreakpoints => new KeptBreakpoints(texts, (points) => restored.push(points)) };
}

it("are there again when the recording is opened the next time, as they were", () => {
  const { restored, page } = browser();
  const before = page();
  before.onView(view("a"));
  before.onView(view("a", [withId(1)]));
  const after = page();
  after.onView(view(undefined));
  after.onView(view("b"));
  expect(restored).toEqual([]);
  after.onView(view("a"));
  after.onView(view("a", [withId(1)]));
  expect(restored).toEqual([[point]]);
});

it("are not there when they were removed", () => {
  const { restored, page } = browser();
  const before = page();
  for (const points of [[], [withId(1)], []]) before.onView(view("a", points));
  page().onView(view("a"));
  expect(restored).toEqual([]);
});

it("go with a recording's name, open or not, and with the recording", () => {
  const { map, restored, page } = browser();
  const before = page();
  before.onView(view("a"));
  before.onView(view("a", [withId(1)]));
  before.renamed("a", "b");
  before.onView(view("b", [withId(1)]));
  before.onView(view(undefined));
  before.renamed("b", "c");
  page().onView(view("c"));
  expect(restored).toEqual([[point]]);
  before.keepOnly(["other"]);
  expect(map.size).toBe(0);
});

it("do no harm where the browser refuses, or gives nonsense", () => {
  const refusing = new KeptBreakpoints(undefined, () => expect.unreachable());
  refusing.onView(view("a", [withId(1)]));
  const { map, restored, page } = browser();
  for (const text of ["{", "[[1]]", '[["break", "x", "zz", 4, true]]']) {
    map.set("breakpoints a", text);
    page().onView(view("a"));
  }
  expect(restored).toEqual([]);
});
