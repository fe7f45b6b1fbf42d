import { beforeAll, describe, expect, it } from "vitest";
import { MemoryStore } from "../../storage/index.ts";
import { openSession } from "../session/factories.ts";
import type { TravelSession } from "../session/travel-session.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { CountingStore, recordLarge } from "../testing/large-log.ts";
import { machine } from "../testing/sessions.ts";
import { verifyRecording } from "../verify/verify.ts";
import { logIndexKey } from "./log-index.ts";
import type { Recording } from "./reader.ts";
import { openRecording } from "./stored-recording.ts";

const megabyte = 2 ** 20;
const logBytes = 64 * megabyte;
/** Of records in memory, and read before a recording is open. */
const held = 2 * megabyte;
/** A block, or a window of the file, on top. */
const slack = 2 * megabyte;

const limits = { snapshotInterval: 2 ** 14, hashInterval: 2 ** 13, memoryBytes: 4 * megabyte, logCacheBytes: held };
const memory = new MemoryStore();
const { store, counts } = CountingStore.over(memory);

/** What the recording session said. */
let end = 0;
let endHash = "";
let middle = 0;
let middleHash = "";

const open = (name = "large"): Promise<Recording> =>
  openRecording(store, name, { atOnceBytes: held, logCacheBytes: held });

async function opened(recording: Recording, name = "large"): Promise<TravelSession> {
  return openSession({ machine: machine(), host: new FakeHost(7), limits, name, recording, store });
}

/** What was read and held while something was done. */
async function watched<T>(recording: Recording | undefined, action: () => Promise<T>): Promise<T> {
  counts.readBytes = counts.largestRead = counts.largestWrite = 0;
  counts.onRead = () => {
    if (recording) expect(recording.history.blocks.cache.heldBytes).toBeLessThanOrEqual(held + slack);
    return undefined;
  };
  try {
    return await action();
  } finally {
    counts.onRead = undefined;
    expect(counts.largestRead).toBeLessThanOrEqual(slack);
    expect(counts.largestWrite).toBeLessThanOrEqual(slack);
  }
}

describe("a log of 64 MB, of which 2 MB are in memory", () => {
  beforeAll(async () => {
    const session = await watched(undefined, () => recordLarge(store, "large", logBytes, limits));
    await session.saveSnapshot("late");
    [end, endHash] = [session.end, session.stateHash()];
    middle = Math.floor(end / 2);
    // The past of what is being recorded is in the file only.
    await watched(undefined, () => session.seek(middle));
    expect(counts.readBytes).toBeGreaterThan(0);
    middleHash = session.stateHash();
    await session.seek(end);
    expect(session.stateHash()).toBe(endHash);
    await session.quit();
    await session.dispose();
  }, 120_000);

  it("shows its beginning before it is read", async () => {
    await memory.cache("large").clear();
    await watched(undefined, async () => {
      let goOn = (): void => {};
      const gate = new Promise<void>((resolve) => (goOn = resolve));
      counts.onRead = (offset) => (offset < held + slack ? undefined : gate);
      const recording = await open();
      const session = await opened(recording);
      expect([session.position, session.end < end]).toEqual([0, true]);
      await session.run({ until: 100 });
      expect(counts.readBytes).toBeLessThan(logBytes / 6);
      goOn();
      // Its end is found meanwhile.
      await session.loadSnapshot("late");
      expect([session.position, session.stateHash()]).toEqual([end, endHash]);
      await session.dispose();
    });
  });

  it("opens with what is known of it, and knows its end at once", async () => {
    expect(await memory.cache("large").keys()).toContain(logIndexKey);
    await watched(undefined, async () => {
      const recording = await open();
      expect(recording.history.growth).toBeUndefined();
      const session = await opened(recording);
      expect(session.end).toBe(end);
      expect(session.snapshots().map(({ name }) => name)).toEqual(["late"]);
      expect(counts.readBytes).toBeLessThan(slack);
      await session.dispose();
    });
  });

  it("is run to any position, forwards and back", async () => {
    const recording = await open();
    const session = await opened(recording);
    await watched(recording, async () => {
      await session.seek(end);
      expect(session.stateHash()).toBe(endHash);
      await session.stepBack();
      await session.seek(middle);
      expect(session.stateHash()).toBe(middleHash);
      await session.step();
      await session.run();
      expect([session.position, session.stateHash()]).toEqual([end, endHash]);
    });
    await session.dispose();
  });

  it("verifies", async () => {
    const recording = await open();
    const verdict = await watched(recording, () =>
      verifyRecording({ recording, host: new FakeHost(7), machine, reference: machine }),
    );
    expect(verdict).toMatchObject({ kind: "equal", end });
    await recording.close?.();
  });

  it("is branched from in pieces", async () => {
    const recording = await open();
    const session = await opened(recording);
    await session.seek(middle);
    await watched(recording, () => session.branch("branch"));
    expect([session.recordingName, session.end]).toEqual(["branch", middle]);
    await session.seek(middle - 1);
    await session.seek(middle);
    await session.run({ until: middle + 1000 });
    await session.quit();
    await session.dispose();
    const branch = await open("branch");
    const again = await opened(branch, "branch");
    await again.seek(middle);
    expect(again.stateHash()).toBe(middleHash);
    expect(again.snapshots()).toEqual([]);
    await again.seek(middle + 1000);
    await again.dispose();
    await store.delete("branch");
  });

  it("ends before what was damaged since it was indexed", async () => {
    const recording = await open();
    const session = await opened(recording);
    const at = logBytes / 2;
    const whole = await memory.open("large");
    const damaged = await memory.create("damaged");
    await damaged.append(await whole.read(0, at));
    await damaged.append(Uint8Array.of((await whole.read(at, 1))[0]! ^ 1));
    await damaged.append(await whole.read(at + 1, await whole.size()));
    const key = logIndexKey;
    await memory.cache("damaged").put(key, (await memory.cache("large").get(key))!);
    const bad = await opened(await open("damaged"), "damaged");
    expect(bad.end).toBe(end);
    await expect(bad.seek(end)).rejects.toThrow(/damaged at byte \d+: its checksum is wrong/);
    expect(bad.end).toBeGreaterThan(end / 3);
    expect(bad.end).toBeLessThan(middle + 10_000);
    expect(bad.position).toBeLessThanOrEqual(bad.end);
    await bad.seek(bad.end);
    const hash = bad.stateHash();
    await session.seek(bad.end);
    expect(session.stateHash()).toBe(hash);
    await bad.dispose();
    await session.dispose();
  });
});

// Regression: the last block had left memory, and the machine could not go on where it had been recorded.
it("what is being recorded goes on at its end after a look at its past", async () => {
  const little = { ...limits, logCacheBytes: megabyte / 2 };
  const session = await recordLarge(new MemoryStore(), "live", 4 * megabyte, little);
  const at = session.end;
  await session.seek(Math.floor(at / 2));
  await session.seek(at);
  await session.step();
  await session.run({ until: at + 1000 });
  expect(session.end).toBe(at + 1000);
  await session.dispose();
});
