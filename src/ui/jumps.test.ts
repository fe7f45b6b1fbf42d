import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { noMachine, type View } from "../api/index.ts";
import { Jumps, type Place } from "./jumps.ts";
import { Model } from "./model.ts";

let pop: ((event: { state: unknown }) => void) | undefined;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("location", { pathname: "/", search: "", hash: "" });
  vi.stubGlobal("addEventListener", (_: string, listener: typeof pop) => (pop = listener));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A browser's history of one tab; `entries` outlive the page. */
class Tab {
  at = 0;
  constructor(readonly entries: { state: unknown; hash: string }[] = [{ state: null, hash: "" }]) {
    this.arrive();
  }
  get state(): unknown {
    return this.entries[this.at]!.state;
  }
  pushState(state: unknown, _: string, address: string): void {
    this.entries.splice(++this.at, Infinity, { state, hash: address });
  }
  replaceState(state: unknown, _: string, address: string): void {
    this.entries[this.at] = { state, hash: address };
  }
  go(delta: number): void {
    this.at += delta;
    this.arrive();
    pop?.({ state: this.state });
  }
  back(): void {
    this.go(-1);
  }
  private arrive(): void {
    Object.assign(location, { hash: this.entries[this.at]!.hash });
  }
}

const recorded: View = { ...noMachine, mode: "play", history: "1 A", position: 0, end: 1000 };

/** A page in a tab: where it was told to travel, and what it said. */
function load(tab: Tab) {
  const model = new Model();
  const travelled: Place[] = [];
  const said: string[] = [];
  const jumps = new Jumps(model, {
    travel: (place) => travelled.push(place),
    say: ({ text }) => said.push(text),
    unsay: () => {},
  });
  jumps.start(tab as unknown as History);
  const show = (view: Partial<View>): void => {
    model.view = { ...(model.view.mode === "none" ? recorded : model.view), ...view };
    jumps.follow();
    vi.runAllTimers();
  };
  return { model, jumps, travelled, said, show };
}

it("goes back to where it was after a reload, when the same recording is opened, and only then", () => {
  const tab = new Tab();
  const before = load(tab);
  before.show({ position: 500 });
  expect(tab.entries).toHaveLength(1);
  expect(tab.entries[0]!.hash).toBe("#at=500");
  const after = load(tab);
  after.show({});
  expect(after.travelled).toEqual([500]);
  const another = load(tab);
  another.show({ history: "2 B" });
  expect(another.travelled).toEqual([]);
});

it("writes where steps lead once they rest, and keeps the place that a jump leaves", () => {
  const tab = new Tab();
  const { jumps, show } = load(tab);
  show({ position: 10 });
  show({ position: 11 });
  show({ position: 12 });
  jumps.jump(700);
  show({ position: 700 });
  expect(tab.entries.map(({ hash }) => hash)).toEqual(["#at=12", "#at=700"]);
  expect(jumps.back).toBe(12);
});

it("is no jump to go where one is", () => {
  const tab = new Tab();
  const { jumps, show } = load(tab);
  show({ position: 10 });
  jumps.jump(10);
  expect(jumps.made).toBe(0);
  expect(tab.entries).toHaveLength(1);
});

it("refuses an entry of another history in words, and does not overwrite it", () => {
  const tab = new Tab();
  const { jumps, travelled, said, show } = load(tab);
  show({ position: 10 });
  jumps.jump(700);
  show({ position: 700 });
  show({ history: "2 B", position: 0, end: 5000 });
  tab.back();
  expect(travelled).toEqual([]);
  expect(said[0]).toMatch("Position 10 is of another history");
  jumps.jump(300);
  expect(tab.entries.map(({ hash }) => hash)).toEqual(["#at=10", "#at=0", "#at=300"]);
});

it("has a throw-away branch apart from the history that it left", () => {
  const tab = new Tab();
  const { jumps, travelled, said, show } = load(tab);
  show({ position: 10 });
  jumps.jump(700);
  show({ position: 700 });
  show({ history: "1 A in a branch 1", mode: "record", position: 701, end: 701 });
  tab.back();
  expect(said).toHaveLength(1);
  tab.go(1);
  show({ history: "1 A", mode: "play", position: 700, end: 1000 });
  tab.back();
  // Also to where the page is: the machine may have stepped since.
  expect(travelled).toEqual([701, 10]);
});

it("goes on where the browser refuses an entry", () => {
  const tab = new Tab();
  const { jumps, show } = load(tab);
  show({ position: 10 });
  tab.pushState = () => {
    throw new Error("too many calls");
  };
  jumps.jump(700);
  show({ position: 700 });
  expect(tab.entries.map(({ hash }) => hash)).toEqual(["#at=700"]);
});
