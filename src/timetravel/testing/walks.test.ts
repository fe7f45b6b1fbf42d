import fc from "fast-check";
import { expect, it } from "vitest";
import { anyNumber, between, once, walkAtRandom } from "./walks.ts";

const move = fc.record({ what: fc.constantFrom("wait", "step", "break"), by: anyNumber, twice: once(10) });

async function failureOf(walk: Promise<void>): Promise<string> {
  return walk.then(
    () => "none",
    (error: unknown) => String(error),
  );
}

it("a walk is as long as asked, and the same for the same seed", async () => {
  const walks: unknown[] = [];
  for (const seed of [1, 1, 2])
    await walkAtRandom(move, { seed, length: 250 }, async (moves) => void walks.push(moves));
  const [first, again, other] = walks as { what: string; twice: boolean }[][];
  expect(first).toHaveLength(250);
  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  expect(new Set(first!.map(({ what }) => what)).size).toBe(3);
  expect(first!.filter(({ twice }) => twice).length).toBeGreaterThan(5);
});

it("a walk that fails is shortened to the moves that it takes, and its seed is told", async () => {
  // Breaks at the second "break" behind a "step".
  const failure = await failureOf(
    walkAtRandom(move, { seed: 42, length: 250 }, async (moves) => {
      let steps = 0;
      let breaks = 0;
      for (const { what } of moves) {
        if (what === "step") steps++;
        if (what === "break" && steps > 0 && ++breaks === 2) throw new Error("it is broken");
      }
    }),
  );
  expect(failure).toContain("seed: 42");
  expect(failure).toContain("it is broken");
  expect(failure.match(/"what":"\w+"/g)).toEqual(['"what":"step"', '"what":"break"', '"what":"break"']);
  expect(failure).not.toContain('"twice":true');
});

it("numbers become what a move can use", () => {
  expect([0, 1, 2, 3, 7].map((number) => between(number, 5, 7))).toEqual([5, 6, 7, 5, 6]);
});
