import { expect, it } from "vitest";
import { MemoryStore, readWhole } from "../storage/index.ts";
import { openSession } from "./session/factories.ts";
import { readRecording, type Recording } from "./log/reader.ts";
import { openRecording } from "./log/stored-recording.ts";
import type { TravelLimits } from "./session/chronicle.ts";
import { FakeHost } from "./testing/fake-host.ts";
import { lineMove, LineWalker } from "./testing/line-walk.ts";
import { machine, recordTo, replay } from "./testing/sessions.ts";
import { walkAtRandom } from "./testing/walks.ts";

/** Room for three copies of RAM: snapshots are thinned all the time. */
const limits = { snapshotInterval: 512, keyframeInterval: 1024, hashInterval: 2048, memoryBytes: 3 * 70 * 4096 };

/** What the walker saw of recorded history is what its recording replays to, with its keyframes and without. */
async function expectRecorded(store: MemoryStore, name: string, seen: ReadonlyMap<number, string>): Promise<void> {
  const recording = readRecording(await readWhole(store, name));
  for (const keyframes of [undefined, store]) {
    const session = await replay(recording, keyframes, "", new FakeHost(9), name);
    await session.index();
    for (const [position, hash] of [...seen].sort(([a], [b]) => a - b)) {
      if (position > session.end) continue;
      await session.seek(position);
      expect([position, session.stateHash()]).toEqual([position, hash]);
    }
    await session.dispose();
  }
}

/** Walks in a session that records. */
const walkRecording = (seed: number, more: Partial<TravelLimits> = {}): Promise<void> =>
  walkAtRandom(lineMove, { seed, length: 400 }, async (moves) => {
    const [store, host] = [new MemoryStore(), new FakeHost(seed)];
    const session = await recordTo(store, 4000, "", { host, limits: { ...limits, ...more } });
    const walker = new LineWalker(session, host);
    await walker.walk(moves);
    const name = session.recordingName!;
    await session.quit();
    await expectRecorded(store, name, walker.seen);
  });

/** Walks in a session over a recording that is there. */
const walkReplay = (seed: number, open: (store: MemoryStore) => Promise<Recording>): Promise<void> =>
  walkAtRandom(lineMove, { seed, length: 400 }, async (moves) => {
    const [store, host] = [new MemoryStore(), new FakeHost(seed)];
    const recorder = await recordTo(store, 12_000, "", { limits });
    await recorder.quit();
    await store.cache("x").clear();
    const recording = await open(store);
    const session = await openSession({ machine: machine(), host, limits, name: "x", recording, store, keep: true });
    const walker = new LineWalker(session, host);
    await walker.walk(moves);
    const name = session.recordingName!;
    await session.quit();
    await expectRecorded(store, name, walker.seen);
  });

it.each([1, 2, 3, 4, 5, 6])("a position names one state, through branches and edits (recording, seed %i)", (seed) =>
  walkRecording(seed),
);

it.each([7, 8, 9])("a position names one state, through branches and edits (replay, seed %i)", (seed) =>
  walkReplay(seed, async (store) => readRecording(await readWhole(store, "x"))),
);

// Of the log less is in memory than any of these recordings has.

it.each([10, 11, 12])("a position names one state, with little of the log in memory (recording, seed %i)", (seed) =>
  walkRecording(seed, { logCacheBytes: 1500, logBlockBytes: 200 }),
);

it.each([13, 14, 15])("a position names one state, with little of the log in memory (replay, seed %i)", (seed) =>
  walkReplay(seed, (store) => openRecording(store, "x", { atOnceBytes: 300, logCacheBytes: 1500, blockBytes: 200 })),
);
