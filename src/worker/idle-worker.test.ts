import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { idleWorker } from "./idle-worker.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function counted(patienceMs = 0, worthwhile = () => true) {
  const log: string[] = [];
  let started = 0;
  const worker = idleWorker<string>(
    () => {
      const name = `worker ${++started}`;
      log.push(`${name} starts`);
      return {
        postMessage: (message: unknown) => void log.push(`${name}: ${String(message)}`),
        terminate: () => void log.push(`${name} ends`),
      };
    },
    { restMs: 1000, patienceMs: () => patienceMs, worthwhile },
  );
  return { worker, log };
}

it("ends a worker that has rested, and starts another one for the next job", () => {
  const { worker, log } = counted();
  worker.post("a", []);
  worker.answered();
  vi.advanceTimersByTime(999);
  worker.post("b", []);
  worker.answered();
  vi.advanceTimersByTime(1000);
  worker.post("c", []);
  expect(log).toEqual([
    "worker 1 starts",
    "worker 1: a",
    "worker 1: b",
    "worker 1 ends",
    "worker 2 starts",
    "worker 2: c",
  ]);
});

it("ends none that has a job, however long it takes", () => {
  const { worker, log } = counted();
  worker.post("a", []);
  worker.post("b", []);
  worker.answered();
  vi.advanceTimersByTime(60_000);
  expect(log.at(-1)).toBe("worker 1: b");
});

it("starts a worker only when its patience is over, with all that was posted meanwhile", () => {
  const { worker, log } = counted(500);
  worker.post("a", []);
  vi.advanceTimersByTime(400);
  worker.post("b", []);
  vi.advanceTimersByTime(99);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  worker.post("c", []);
  for (let job = 0; job < 3; job++) worker.answered();
  expect(log).toEqual(["worker 1 starts", "worker 1: a", "worker 1: b", "worker 1: c"]);
  vi.advanceTimersByTime(1000);
  worker.post("d", []);
  worker.terminate();
  vi.advanceTimersByTime(1000);
  expect(log.at(-1)).toBe("worker 1 ends");
});

it("starts none while it is not worth it", () => {
  let worth = false;
  const { worker, log } = counted(500, () => worth);
  worker.post("a", []);
  vi.advanceTimersByTime(5000);
  expect(log).toEqual([]);
  worth = true;
  vi.advanceTimersByTime(500);
  expect(log).toEqual(["worker 1 starts", "worker 1: a"]);
});
