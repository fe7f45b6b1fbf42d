import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import { readRecording } from "../log/reader.ts";
import { recordTo, replay, text } from "../testing/sessions.ts";
import type { TravelSession } from "./travel-session.ts";

const write = (value: string) => ({ kind: "write-memory", physicalAddress: 5000, bytes: text(value) }) as const;

async function recorded(store: MemoryStore): Promise<void> {
  const session = await recordTo(store, 3000);
  session.send(0, text("typed"));
  await session.run({ until: 20_000 });
  await session.saveSnapshot("late");
  await session.quit();
}

async function opened(store: MemoryStore): Promise<TravelSession> {
  return replay(readRecording(await readWhole(store, "x")), store);
}

it("a branch for which there is no room leaves nothing behind", async () => {
  const store = new MemoryStore();
  await recorded(store);
  for (const room of [0, 1, 2]) {
    let left = room;
    const tight = Object.assign(Object.create(store) as MemoryStore, {
      create: async (name: string) => {
        const writer = await store.create(name);
        const append = async (bytes: Uint8Array): Promise<void> => {
          if (left-- <= 0) throw new UserError("storage is full");
          await writer.append(bytes);
        };
        return { ...writer, append };
      },
    });
    const session = await opened(tight);
    await session.seek(8000);
    await expect(session.branch("y")).rejects.toThrow("storage is full");
    expect((await store.list()).map(({ name }) => name)).toEqual(["x"]);
    left = Infinity;
    await session.branch("y");
    expect([session.recordingName, session.mode]).toEqual(["y", "record"]);
    await session.dispose();
    await store.delete("y");
  }
});

it("nothing happens to a machine while a branch of it is made", async () => {
  const store = new MemoryStore();
  await recorded(store);
  const slow = Object.assign(Object.create(store) as MemoryStore, {
    open: async (name: string) => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      return store.open(name);
    },
  });
  const session = await opened(slow);
  await session.seek(8000);
  let done = false;
  const branching = session.branch("y").finally(() => (done = true));
  let refused = 0;
  while (!done) {
    if (!session.edit(write("other"))) refused++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await branching;
  expect(refused).toBeGreaterThan(40);
  expect(session.edit(write("mine"))).toBe(true);
  const second = session.branch("z");
  // Its turn comes afterwards.
  const running = session.run({ until: 12_000 });
  await Promise.all([second, running]);
  const hash = session.stateHash();
  await session.quit();
  const again = await replay(readRecording(await readWhole(store, "z")), store);
  await again.run();
  expect([again.position, again.stateHash()]).toEqual([12_000, hash]);
});

it("a write in a throw-away branch's own past begins it anew from there, and history is still where it was left", async () => {
  const store = new MemoryStore();
  await recorded(store);
  const session = await opened(store);
  await session.seek(15_000);
  const hash = session.stateHash();
  await session.seek(8000);
  session.edit(write("one"));
  await session.run({ until: 30_000 });
  await session.seek(20_000);
  const shared = session.stateHash();
  await session.seek(20_000);
  expect(session.edit(write("two"))).toBe(true);
  expect([session.branchedAt, session.end]).toEqual([8000, 20_001]);
  await session.run({ until: 25_000 });
  await session.seek(20_000);
  expect(session.stateHash()).toBe(shared);
  await session.endBranch();
  expect([session.position, session.branchedAt, session.end]).toEqual([8000, undefined, 20_000]);
  await session.seek(15_000);
  expect(session.stateHash()).toBe(hash);
  expect(session.snapshots().map(({ name }) => name)).toEqual(["late"]);
});

describe("a throw-away branch", () => {
  it("begins with a write in the past, goes its own way in both directions, and leaves history as it was", async () => {
    const store = new MemoryStore();
    await recorded(store);
    const file = await readWhole(store, "x");
    const session = await opened(store);
    await session.index();
    const whole = session.outputUntil(0, Infinity);
    const hashes = new Map<number, string>();
    for (const at of [4000, 8000, 8001, 9000, 20_000]) {
      await session.seek(at);
      hashes.set(at, session.stateHash());
    }
    await session.seek(8000);
    expect(session.edit(write("other"))).toBe(true);
    expect([session.branchedAt, session.position, session.mode]).toEqual([8000, 8001, "play"]);
    expect(session.stateHash()).not.toBe(hashes.get(8001));
    await session.run({ until: 9000 });
    const branched = session.stateHash();
    expect(branched).not.toBe(hashes.get(9000));
    expect(session.end).toBe(9000);
    expect(session.send(0, text("more"))).toBe(true);
    await session.run({ until: 30_000 });
    for (let count = 0; count < 30; count++) await session.stepBack();
    await session.seek(9000);
    expect(session.stateHash()).toBe(branched);
    expect(session.snapshots()).toEqual([]);
    await expect(session.loadSnapshot("later")).rejects.toThrow(/no snapshot named/);
    await expect(session.seek(31_000)).rejects.toThrow(/after the end of this throw-away branch, 30000/);
    await session.seek(8001);
    expect(session.branchedAt).toBe(8000);
    await session.stepBack();
    expect([session.branchedAt, session.end]).toEqual([undefined, 20_000]);
    for (const [at, hash] of hashes) {
      await session.seek(at);
      expect(session.stateHash()).toBe(hash);
    }
    expect(session.outputUntil(0, Infinity)).toEqual(whole);
    await session.loadSnapshot("late");
    // And again, ended by its command, and by the end of the session.
    await session.seek(100);
    session.edit(write("again"));
    await session.run({ until: 25_000 });
    await session.endBranch();
    expect([session.position, session.end]).toEqual([100, 20_000]);
    session.edit({ kind: "write-register", register: 1, bytes: Uint8Array.of(1, 2, 3, 4) });
    await session.run({ until: 500 });
    await session.quit();
    expect(await readWhole(store, "x")).toEqual(file);
  });

  it("is left for the live end that waits meanwhile", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 10_000);
    const live = session.stateHash();
    await session.seek(5000);
    session.edit(write("past"));
    await session.run({ until: 15_000 });
    expect(session.mode).toBe("record");
    await session.endBranch();
    await session.seek(session.end);
    expect([session.position, session.stateHash()]).toEqual([10_000, live]);
    session.send(0, text("live"));
    await session.run({ until: 12_000 });
    const end = session.stateHash();
    await session.quit();
    const again = await opened(store);
    await again.run();
    expect([again.position, again.stateHash()]).toEqual([12_000, end]);
  });
});

describe("a branch that is recorded", () => {
  it("has the past of its parent and a future of its own, and names its parent", async () => {
    const store = new MemoryStore();
    await recorded(store);
    const session = await opened(store);
    await session.seek(9000);
    await session.branch("y");
    expect([session.recordingName, session.mode, session.end]).toEqual(["y", "record", 9000]);
    expect(session.parent).toMatchObject({ name: "x", position: 9000 });
    session.send(0, text("another future"));
    await session.run({ until: 15_000 });
    const end = session.stateHash();
    await session.seek(2000);
    await session.seek(15_000);
    expect(session.stateHash()).toBe(end);
    await session.quit();

    const recording = readRecording(await readWhole(store, "y"));
    expect(recording.damage).toBeUndefined();
    const branch = await replay(recording, store);
    expect(branch.parent?.name).toBe("x");
    await branch.run();
    expect([branch.position, branch.stateHash()]).toEqual([15_000, end]);
    await branch.dispose();
    const parent = await opened(store);
    await parent.run();
    expect([parent.position, parent.end]).toEqual([20_000, 20_000]);
    expect(parent.snapshots().map(({ name }) => name)).toEqual(["late"]);
  });

  it("can be made of a throw-away branch, and of a recording in progress", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 10_000);
    await session.seek(5000);
    session.edit(write("kept"));
    await session.run({ until: 7000 });
    const kept = session.stateHash();
    await expect(session.branch("x")).rejects.toThrow("exists");
    await expect(session.branch("../y")).rejects.toThrow(
      "a branch lies beside its parent, 'x': give it a name without a path",
    );
    await session.branch("y");
    expect(session.branchedAt).toBeUndefined();
    expect(session.parent).toMatchObject({ name: "x", position: 5000 });
    await session.run({ until: 7500 });
    await session.branch("z");
    expect(session.parent).toMatchObject({ name: "y", position: 7500 });
    await session.quit();
    const y = await replay(readRecording(await readWhole(store, "y")));
    expect(y.end).toBe(7500);
    await y.seek(7000);
    expect(y.stateHash()).toBe(kept);
    expect(readRecording(await readWhole(store, "x")).history.end).toBe(10_000);
  });

  it("changes nothing when it cannot be made", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 3000);
    store.create = () => Promise.reject(new Error("storage is full"));
    await expect(session.branch("y")).rejects.toThrow("storage is full");
    expect([session.recordingName, session.mode, session.branchedAt]).toEqual(["x", "record", undefined]);
    await session.run({ until: 4000 });
    await session.quit();
    expect(readRecording(await readWhole(store, "x")).history.end).toBe(4000);
  });
});

it("a branch that is made stays, whatever the store says to the end of the one that was left", async () => {
  const store = new MemoryStore();
  let full = false;
  const tight = Object.assign(Object.create(store) as MemoryStore, {
    create: async (name: string) => {
      const writer = await store.create(name);
      const append = async (bytes: Uint8Array): Promise<void> => {
        if (full && name === "x") throw new UserError("storage is full");
        await writer.append(bytes);
      };
      return { ...writer, append };
    },
  });
  const session = await recordTo(tight, 5000);
  full = true;
  await expect(session.run({ until: 6000 })).resolves.toBeDefined();
  await session.branch("y");
  expect([session.recordingName, session.mode]).toEqual(["y", "record"]);
  await session.run({ until: 8000 });
  await session.quit();
  await session.dispose();
  expect(readRecording(await readWhole(store, "y")).history.end).toBe(8000);
});
