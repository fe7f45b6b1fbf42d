import { expect, it } from "vitest";
import { readRecording } from "./log/reader.ts";
import { record } from "./testing/properties.ts";
import { Random } from "./testing/random.ts";
import { limits, machine, replay } from "./testing/sessions.ts";
import { Model, Walker } from "./testing/walk.ts";

it("stops where a naive forward single-step model says, in both directions", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = new Random(seed);
    const { file } = await record(() => machine("wait"), { seed, length: 8000, motions: 0, limits });
    const naive = await replay(readRecording(file), undefined, "wait");
    const kinds = ["write", "read", "access"] as const;
    const model = Model.make(naive, naive.end, {
      breakpoints: Array.from({ length: 8 }, () => BigInt(random.between(0, 255)) * 4n),
      watchpoints: Array.from({ length: 8 }, (_, at) => ({
        kind: kinds[at % 3]!,
        address: BigInt(random.between(0, 3 * 4096)),
        length: 1 << random.between(0, 8),
      })),
    });
    expect(model.end).toBe(naive.end);
    await new Walker(await replay(readRecording(file), undefined, "wait"), model, random).walk(400);
  }
});
