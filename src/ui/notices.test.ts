import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Notices, type ShownNotice } from "./notices.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

let model: { notices: readonly ShownNotice[] };
const fresh = (): Notices => new Notices((model = { notices: [] }), () => {});
const shown = (): string[] => model.notices.map(({ text }) => text);

it("goes when its cause is over, and no other one with it", () => {
  const notices = fresh();
  notices.add({ level: "error", text: "full", cause: "storage" });
  notices.add({ level: "error", text: "no such symbol", cause: "gesture" });
  notices.over("storage");
  expect(shown()).toEqual(["no such symbol"]);
});

it("has one notice to a cause, the latest", () => {
  const notices = fresh();
  for (const text of ["one", "two"]) notices.add({ level: "error", text, cause: "gesture" });
  for (let time = 0; time < 3; time++) notices.add({ level: "warning", text: "said again" });
  expect(shown()).toEqual(["two", "said again"]);
});

it("keeps what was said since: a success ends earlier failures only", () => {
  const notices = fresh();
  notices.add({ level: "error", text: "before", cause: "gesture" });
  const until = notices.last;
  notices.add({ level: "error", text: "since", cause: "gesture" });
  notices.over("gesture", until);
  expect(shown()).toEqual(["since"]);
});

it("shows what is only to be known for some seconds, an error until it is over", () => {
  const notices = fresh();
  notices.add({ level: "info", text: "copied" });
  notices.add({ level: "error", text: "failed" });
  vi.advanceTimersByTime(10_000);
  expect(shown()).toEqual(["failed"]);
});
