import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { anyNumber, walkAtRandom } from "../../timetravel/testing/walks.ts";
import { byteInterpreter } from "../testing/byte-cpu.ts";
import { loop } from "../testing/byte-program.ts";
import { ByteWalk, type Move } from "../testing/byte-walk.ts";

let interpreter: WebAssembly.Module;
beforeAll(() => {
  interpreter = byteInterpreter();
});

/** Each move runs on afterwards; most do nothing else. */
const kinds: readonly { readonly weight: number; readonly kind: Move["kind"] }[] = [
  { weight: 6, kind: "go" },
  { weight: 4, kind: "place" },
  { weight: 5, kind: "start" },
  { weight: 2, kind: "remap" },
  { weight: 3, kind: "break" },
  { weight: 3, kind: "watch" },
  { weight: 2, kind: "interrupt" },
  { weight: 2, kind: "write" },
  { weight: 1, kind: "restore" },
  { weight: 1, kind: "unmark" },
  { weight: 1, kind: "evict" },
];
const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.oneof(...kinds.map(({ weight, kind }) => ({ weight, arbitrary: fc.constant(kind) }))),
  a: anyNumber,
  b: anyNumber,
  steps: fc.integer({ min: 1, max: 1000 }),
  arrives: fc.boolean(),
  loop,
});

describe("a random walk of the byte guest beside its model", () => {
  it.each([1, 2, 3, 4, 5, 6])("takes the same steps, however it is cut and translated (seed %i)", async (seed) => {
    let whole: ByteWalk | undefined;
    await walkAtRandom(move, { seed, length: 200 }, (moves) => {
      const walk = new ByteWalk(interpreter);
      for (const one of moves) walk.step(one);
      walk.expectSameMemory();
      whole = walk;
      return Promise.resolve();
    });
    const { translated, steps } = whole!.share;
    expect(translated / steps).toBeGreaterThan(0.5);
    expect(whole!.stops).toBeGreaterThan(3);
  });
});
