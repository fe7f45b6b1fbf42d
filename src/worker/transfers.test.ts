import { expect, it } from "vitest";
import { Transfers } from "./transfers.ts";

const large = 2 ** 25;

it("tells how far a large copy is, and that it is over", async () => {
  const told: unknown[] = [];
  const transfers = new Transfers((progress) => told.push(progress?.done));
  const copied = await transfers.run("Storing", large, async ({ done }) => {
    for (const bytes of [0, 1000, large]) await Promise.resolve().then(() => done(bytes));
    return "copied";
  });
  expect([copied, told]).toEqual(["copied", [0, 1000, large, undefined]]);
});

it("says nothing of what is over at once", async () => {
  const told: unknown[] = [];
  const transfers = new Transfers((progress) => told.push(progress));
  await transfers.run("Storing", 1000, ({ done }) => Promise.resolve(done(1000)));
  expect(told).toEqual([]);
});

it("ends a copy that the user cancels, and passes on what else fails", async () => {
  const transfers = new Transfers(() => {});
  const cancelled = transfers.run("Storing", large, async ({ done }) => {
    for (let bytes = 0; ; bytes++) {
      await Promise.resolve();
      if (bytes === 5) transfers.cancel();
      done(bytes);
    }
  });
  expect(await cancelled).toBeUndefined();
  await expect(transfers.run("Storing", large, () => Promise.reject(new Error("full")))).rejects.toThrow("full");
});
