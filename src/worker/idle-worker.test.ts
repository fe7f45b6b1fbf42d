import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { idleWorker } from "./idle-worker.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function counted() {
  const log: string[] = [];
  let started = 0;
  const worker = idleWorker<string>(() => {
    const name = `worker ${++started}`;
    log.push(`${name} starts`);
    return {
      postMessage: (message: unknown) => void log.push(`${name}: ${String(message)}`),
      terminate: () => void log.push(`${name} ends`),
    };
  }, 1000);
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
