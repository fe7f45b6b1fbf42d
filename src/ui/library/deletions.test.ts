import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Notices, type ShownNotice } from "../notices.ts";
import { Deletions } from "./deletions.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function library() {
  const removed: string[] = [];
  const model = { notices: [] as readonly ShownNotice[] };
  const notices = new Notices(model, () => {});
  const remove = async (id: string): Promise<void> => void removed.push(id);
  return { removed, model, deletions: new Deletions(notices, remove, () => {}) };
}

it("deletes some seconds after it was asked to, and says so meanwhile", async () => {
  const { removed, model, deletions } = library();
  deletions.begin("a", "my boot");
  deletions.begin("a", "my boot");
  expect([deletions.has("a"), removed, model.notices.map(({ text }) => text)]).toEqual([
    true,
    [],
    ["“my boot” is deleted"],
  ]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([deletions.has("a"), removed, model.notices]).toEqual([false, ["a"], []]);
});

it("takes it back, each for itself", async () => {
  const { removed, model, deletions } = library();
  deletions.begin("a", "a");
  deletions.begin("b", "b");
  model.notices[0]!.undo!();
  expect([deletions.has("a"), deletions.has("b"), model.notices.length]).toEqual([false, true, 1]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(removed).toEqual(["b"]);
});
