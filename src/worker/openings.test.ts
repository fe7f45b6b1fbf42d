import { expect, it } from "vitest";
import { Openings } from "./openings.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** A fetch that never ends by itself. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

it("take turns, and a new one ends what the one before was fetching", async () => {
  const log: string[] = [];
  const openings = new Openings(() => log.push("over"));
  const first = openings.take(async (signal) => {
    log.push("first");
    await aborted(signal);
  });
  await turn();
  const second = openings.take(async ({ aborted }) => void log.push(`second ${aborted}`));
  await Promise.all([first, second]);
  expect(log).toEqual(["first", "over", "second false", "over"]);
});

it("tell what went wrong, unless it was cancelled, and go on", async () => {
  const openings = new Openings(() => {});
  const failing = openings.take(() => Promise.reject(new Error("no such recording")));
  const next = openings.take(async () => {});
  // It was cancelled before it failed.
  await failing;
  await next;
  await expect(openings.take(() => Promise.reject(new Error("no such recording")))).rejects.toThrow(
    "no such recording",
  );
  const fetching = openings.take(aborted);
  await turn();
  openings.cancel();
  await fetching;
  await openings.take(async () => {});
});
