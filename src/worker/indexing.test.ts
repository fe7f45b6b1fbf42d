import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Indexing } from "./indexing.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A recording of 100 positions, of which 10 have been run; what happens to it is logged. */
function replay(mode: "play" | "record" = "play") {
  const log: string[] = [];
  const session = {
    mode,
    running: false,
    end: 100,
    indexedTo: 10,
    index: () => {
      log.push("index");
      session.indexedTo = session.end;
      return Promise.resolve();
    },
    keep: (_goOn: () => boolean) => {
      log.push("keep");
      return Promise.resolve(true);
    },
  };
  const events = {
    hold: () => false,
    changed: () => void log.push("changed"),
    failed: (error: unknown) => void log.push(`failed: ${String(error)}`),
    kept: () => void log.push("kept"),
    notKept: (error: unknown) => void log.push(`not kept: ${String(error)}`),
  };
  return { log, session, events, indexing: new Indexing(session as never, events) };
}

it("indexes what was never run when the machine has rested, and stores it once", async () => {
  const { log, indexing } = replay();
  indexing.soon();
  await vi.advanceTimersByTimeAsync(399);
  indexing.soon();
  await vi.advanceTimersByTimeAsync(399);
  expect(log).toEqual([]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(log).toEqual(["index", "changed", "keep", "kept"]);
  indexing.soon();
  await vi.advanceTimersByTimeAsync(5000);
  expect(log).toHaveLength(4);
});

it("leaves a recording in the making, a machine that somebody holds, and a cancelled one alone", async () => {
  const recording = replay("record");
  const held = replay();
  held.events.hold = () => true;
  const cancelled = replay();
  cancelled.indexing.wanted = false;
  for (const { indexing } of [recording, held, cancelled]) indexing.soon();
  await vi.advanceTimersByTimeAsync(5000);
  expect([recording.log, held.log, cancelled.log]).toEqual([[], [], []]);
});

it("is not tried again when it fails, and says so", async () => {
  const { log, session, indexing } = replay();
  session.index = () => Promise.reject(new Error("diverged"));
  indexing.soon();
  await vi.advanceTimersByTimeAsync(5000);
  indexing.soon();
  await vi.advanceTimersByTimeAsync(5000);
  expect(log).toEqual(["failed: Error: diverged", "changed"]);
});

it("says when nothing can be stored, but not of a machine that is gone", async () => {
  for (const gone of [false, true]) {
    const { log, session, indexing } = replay();
    session.indexedTo = 100;
    session.keep = () => {
      if (gone) indexing.dispose();
      return Promise.reject(new Error("full"));
    };
    indexing.soon();
    await vi.advanceTimersByTimeAsync(5000);
    expect(log).toEqual(gone ? [] : ["not kept: Error: full"]);
  }
});

it("stores what it can of a recording in the making while a hidden page is given time", async () => {
  const { session, indexing, log } = replay("record");
  let patience: () => boolean = () => false;
  session.keep = (goOn) => {
    patience = goOn;
    return Promise.resolve(true);
  };
  await indexing.keepNow();
  expect(patience()).toBe(true);
  vi.advanceTimersByTime(2000);
  expect(patience()).toBe(false);
  expect(log).toEqual(["kept"]);
});
