import { expect, it } from "vitest";
import { MemoryStore, readWhole } from "../storage/index.ts";
import { readRecording } from "./log/reader.ts";
import { openRecording } from "./log/stored-recording.ts";
import type { TravelSession } from "./session/travel-session.ts";
import { record } from "./testing/properties.ts";
import { Random } from "./testing/random.ts";
import { limits, machine, replay } from "./testing/sessions.ts";
import { Model, walkModel } from "./testing/walk.ts";

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
    await walkModel({ seed, length: 400 }, model, () => replay(readRecording(file), undefined, "wait"));
  }
});

it("does so with little of the log in memory", async () => {
  for (let seed = 7; seed <= 9; seed++) {
    const random = new Random(seed);
    const { file } = await record(() => machine("wait"), { seed, length: 8000, motions: 0, limits });
    const store = new MemoryStore();
    await (await store.create("x")).append(file);
    const naive = await replay(readRecording(file), undefined, "wait");
    const model = Model.make(naive, naive.end, {
      breakpoints: Array.from({ length: 8 }, () => BigInt(random.between(0, 255)) * 4n),
      watchpoints: [{ kind: "access", address: BigInt(random.between(0, 3 * 4096)), length: 256 }],
    });
    await walkModel({ seed, length: 200 }, model, async () => {
      const little = { atOnceBytes: 300, logCacheBytes: 1000, blockBytes: 150 };
      return replay(await openRecording(store, "x", little), undefined, "wait");
    });
  }
});

/** A session in a recorded branch of a recording; its random part is the same each time. */
async function branched(seed: number, file: Uint8Array): Promise<{ branch: TravelSession; store: MemoryStore }> {
  const random = new Random(seed);
  const store = new MemoryStore();
  await (await store.create("x")).append(file);
  const branch = await replay(readRecording(file), store, "wait");
  await branch.run();
  await branch.seek(3000);
  branch.edit({ kind: "write-memory", physicalAddress: 4200, bytes: Uint8Array.of(seed, 2, 3) });
  const on = async (): Promise<void> => {
    branch.send(
      0,
      Uint8Array.from({ length: 9 }, () => random.between(32, 126)),
    );
    const running = branch.run({ until: branch.position + 3000 });
    // It may wait for a key.
    for (let turn = 1; branch.running; turn++) {
      await Promise.resolve();
      if (turn % 300 === 0) branch.send(0, Uint8Array.of(32));
    }
    await running;
  };
  await on();
  await branch.branch("y");
  await on();
  return { branch, store };
}

it("does so in a branch that shares the past, while it is recorded", async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = new Random(seed + 10);
    const { session, file } = await record(() => machine("wait"), { seed, length: 6000, motions: 0, limits });
    await session.dispose();
    const { branch, store } = await branched(seed, file);
    const naive = await replay(readRecording(await readWhole(store, "y")), undefined, "wait");
    expect(naive.end).toBe(branch.end);
    const model = Model.make(naive, naive.end, {
      breakpoints: Array.from({ length: 8 }, () => BigInt(random.between(0, 255)) * 4n),
      watchpoints: [
        { kind: "write", address: 4200n, length: 64 },
        { kind: "access", address: 5000n, length: 256 },
      ],
      // The debugger's write is nobody's access.
      aliases: true,
    });
    let next: TravelSession | undefined = branch;
    await walkModel({ seed, length: 300 }, model, async () => {
      const session = next ?? (await branched(seed, file)).branch;
      next = undefined;
      return session;
    });
  }
});
