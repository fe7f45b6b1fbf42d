import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RecordingPaused, type TravelSession } from "../timetravel/index.ts";
import { PausedRecording } from "./paused-recording.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A recording that storage has no room for, and what is said of it. */
function full() {
  const log: string[] = [];
  const store = { room: false };
  const session = {
    position: 7,
    ...{ running: false, atEnd: true, mode: "record" },
    storeRest: async () => store.room,
  };
  const paused = new PausedRecording({
    notice: ({ text, cause }) => void log.push(`${cause}: ${text}`),
    over: (cause) => void log.push(`${cause} over`),
  });
  const fail = (error: Error): boolean =>
    paused.failed(error, session as unknown as TravelSession, () => void log.push("goes on"));
  return { log, store, session, paused, fail };
}
const said = "storage: recording is paused, nothing is lost: full; it goes on when there is room";

it("goes on by itself when there is room, and the notice goes", async () => {
  const { log, store, fail } = full();
  expect(fail(new RecordingPaused("full"))).toBe(true);
  await vi.advanceTimersByTimeAsync(5000);
  expect(log).toEqual([said]);
  store.room = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual([said, "storage over", "goes on"]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(log).toHaveLength(3);
});

it("stays in the past where its user has gone meanwhile", async () => {
  const { log, store, session, fail } = full();
  fail(new RecordingPaused("full"));
  Object.assign(session, { position: 3, atEnd: false });
  store.room = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual([said, "storage over"]);
});

it("is forgotten with its machine, and knows what is none of its business", async () => {
  const { log, store, paused, fail } = full();
  expect(fail(new Error("another"))).toBe(false);
  fail(new RecordingPaused("full"));
  paused.end();
  store.room = true;
  await vi.advanceTimersByTimeAsync(5000);
  expect(log).toEqual([said, "storage over"]);
});
