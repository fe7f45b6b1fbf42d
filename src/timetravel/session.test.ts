import { describe, expect, it } from "vitest";
import { FakeMachine } from "./testing/fake-machine.ts";
import { checkHistory, closedDoor } from "./testing/properties.ts";

const configuration = {
  board: "fake", cpu: "toy", ramBytes: 70 * 4096, shift: 2, append: "wait", reboot: true, randomness: true, semantics: 1,
};
const factory = (): FakeMachine => new FakeMachine(configuration, closedDoor);

describe("a history", () => {
  for (let seed = 1; seed <= 12; seed++)
    it(`has one state at every position, however one goes there (seed ${seed})`, async () => {
      await checkHistory(factory, {
        seed, length: 60_000, motions: 120,
        limits: { snapshotInterval: 1 << (9 + (seed % 4)), hashInterval: 1 << 12, snapshotCount: seed % 2 ? 2000 : 12, memoryBytes: 2 ** 20 * (seed % 3 ? 512 : 1) },
      });
    });
});

it("compiles", () => expect(true).toBe(true));
