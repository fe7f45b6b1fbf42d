import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import type { TravelSession } from "../session/travel-session.ts";
import { limits, recordTo, replay } from "../testing/sessions.ts";
import { decodeLogIndex, encodeLogIndex, logIndexKey } from "./log-index.ts";
import { BlockCache } from "./blocks.ts";
import { fingerprint } from "./fingerprint.ts";
import { readRecording } from "./reader.ts";
import { openRecording } from "./stored-recording.ts";

const length = 12_000;
/** A recording of some kilobytes is a large one. */
const little = { atOnceBytes: 300, logCacheBytes: 1000, blockBytes: 150 };

async function recorded(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const session = await recordTo(store, 6000);
  await session.saveSnapshot("middle");
  for (let count = 0; count < 200; count++) {
    session.edit({ kind: "write-memory", physicalAddress: 5000 + count, bytes: Uint8Array.of(count) });
    await session.run({ until: 6000 + count * 20 });
  }
  await session.run({ until: length });
  await session.quit();
  await session.dispose();
  await store.cache("x").clear();
  return store;
}

async function open(store: MemoryStore): Promise<TravelSession> {
  return replay(await openRecording(store, "x", little), store);
}

/** The store, whose readers do as `read` says first. */
function reading(store: MemoryStore, read: (offset: number, bytes: Uint8Array) => Promise<void> | void): MemoryStore {
  return Object.assign(Object.create(store) as MemoryStore, {
    open: async (name: string) => {
      const reader = await store.open(name);
      return {
        ...reader,
        read: async (offset: number, wanted: number) => {
          const bytes = await reader.read(offset, wanted);
          await read(offset, bytes);
          return bytes;
        },
      };
    },
  });
}

async function rewrite(store: MemoryStore, change: (file: Uint8Array) => Uint8Array): Promise<void> {
  const file = change(await readWhole(store, "x"));
  await (await store.append("x", 0)).append(file);
}

describe("a recording that is too large for memory", () => {
  it("ends before a damaged byte in its middle, as a small one does, and is not written behind it", async () => {
    const store = await recorded();
    await rewrite(store, (file) => {
      file[file.length >> 1]! ^= 1;
      return file;
    });
    const small = readRecording(await readWhole(store, "x"));
    const session = await open(store);
    const told: string[] = [];
    session.onDivergence((message) => told.push(message));
    await session.run();
    expect([session.end, session.position]).toEqual([small.history.end, small.history.end]);
    expect(told).toEqual([`${small.damage}; what comes before it is replayed`]);
    expect(session.unstored).toBe("the recording is damaged");
    await expect(session.saveSnapshot("behind")).rejects.toThrow(small.damage);
    await session.dispose();
    expect(await store.cache("x").get(logIndexKey)).toBeUndefined();
  });

  it("is complete up to where its tab was killed, and goes on there", async () => {
    const store = await recorded();
    await rewrite(store, (file) => file.slice(0, file.length - 9));
    const small = readRecording(await readWhole(store, "x"));
    expect(small.damage).toBeUndefined();
    const session = await open(store);
    await session.run();
    expect([session.end, session.notice]).toEqual([small.history.end, undefined]);
    await session.saveSnapshot("end");
    await session.dispose();
    const again = readRecording(await readWhole(store, "x"));
    expect([again.damage, again.history.end]).toEqual([undefined, small.history.end]);
    expect([...again.history.names.keys()]).toEqual(["middle", "end"]);
  });

  it("takes a name, and forgets one, before it is read to its end", async () => {
    const store = await recorded();
    let goOn = (): void => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    let open = false;
    const slow = reading(store, () => (open ? gate : undefined));
    const recording = await openRecording(slow, "x", little);
    open = true;
    const session = await replay(recording, slow);
    const begun = [session.saveSnapshot("start"), session.deleteSnapshot("middle")];
    goOn();
    await Promise.all(begun);
    expect(session.snapshots().map(({ name }) => name)).toEqual(["start"]);
    await session.dispose();
    for (const known of ["from its index", "from its file"]) {
      const again = await openRecording(store, "x", little);
      while (again.history.growth) await again.history.growth;
      expect([known, [...again.history.names.keys()], again.history.end]).toEqual([known, ["start"], length]);
      await again.close?.();
      await store.cache("x").delete(logIndexKey);
    }
  });

  it("is closed before it is read to its end", async () => {
    const store = await recorded();
    const session = await open(store);
    await session.dispose();
    expect(session.end).toBeLessThan(length);
    expect(await store.cache("x").get(logIndexKey)).toBeUndefined();
  });

  it("ends where it did when it could not be read for once", async () => {
    const store = await recorded();
    let failing = false;
    const session = await open(
      reading(store, () => {
        if (failing) throw new UserError("the disk has gone to sleep");
      }),
    );
    await session.run();
    await session.seek(0);
    failing = true;
    await expect(session.seek(9000)).rejects.toThrow("the disk has gone to sleep");
    expect(session.end).toBe(length);
    failing = false;
    await session.seek(9000);
    expect(session.position).toBe(9000);
    await session.dispose();
  });

  it("does not end where what is being recorded turns out to be damaged before", async () => {
    const store = new MemoryStore();
    let damaged = false;
    const bad = reading(store, (_, bytes) => {
      if (damaged) bytes[bytes.length >> 1]! ^= 1;
    });
    const session = await recordTo(bad, 0, "", {
      limits: { ...limits, snapshotInterval: 2 ** 20, logCacheBytes: 500, logBlockBytes: 150 },
    });
    for (let count = 1; count < 100; count++) {
      session.edit({ kind: "write-memory", physicalAddress: 5000, bytes: new Uint8Array(50).fill(count) });
      await session.run({ until: count * 100 });
    }
    const hash = session.stateHash();
    damaged = true;
    await expect(session.seek(5000)).rejects.toThrow(/damaged at byte \d+/);
    await session.seek(session.end);
    expect([session.mode, session.position, session.stateHash()]).toEqual(["record", 9900, hash]);
    await session.run({ until: 10_000 });
    damaged = false;
    await session.seek(5000);
    await session.quit();
    await session.dispose();
    expect(readRecording(await readWhole(store, "x"))).toMatchObject({ damage: undefined, history: { end: 10_000 } });
  });

  it("has a branch that tells how far a replay can go wherever it is damaged", async () => {
    const store = await recorded();
    const session = await open(store);
    await session.seek(10_000);
    await session.branch("y");
    await session.dispose();
    const file = await readWhole(store, "y");
    const ends = [0.3, 0.6, 0.9].map((part) => readRecording(file.subarray(0, file.length * part)).history.end);
    expect(ends[0]).toBeGreaterThan(1000);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  });
});

describe("an index that is not of the recording", () => {
  it("is not believed, and is gone the next time", async () => {
    const store = await recorded();
    const first = await open(store);
    await first.run();
    await first.dispose();
    const reader = await store.open("x");
    const bytes = await reader.size();
    const cache = store.cache("x");
    const source = { read: () => Promise.reject(new UserError("not here")), has: () => true };
    const from = (await recordsBegin(store)) ?? 0;
    const read = { source, cache: new BlockCache(), from, onWrong: () => {} };
    const { history } = decodeLogIndex((await cache.get(logIndexKey))!, read);
    const spoilt = history.blocks.parts.find(({ block }) => block.summary.first.inputs < Infinity)!;
    spoilt.block.summary.first.inputs = Infinity;
    await cache.put(logIndexKey, encodeLogIndex({ bytes, fingerprint: await fingerprint(reader, bytes) }, history)!);
    const session = await open(store);
    expect(session.end).toBe(length);
    await expect(session.run()).rejects.toThrow("the index of the recording was of another one, and has been deleted");
    await session.dispose();
    expect(await cache.get(logIndexKey)).toBeUndefined();
    const again = await open(store);
    await again.run();
    expect(again.position).toBe(length);
    await again.dispose();
  });

  it("is left alone when the file is shorter, or another one of the same length", async () => {
    const store = await recorded();
    const first = await open(store);
    await first.run();
    await first.dispose();
    const index = (await store.cache("x").get(logIndexKey))!;
    const whole = await readWhole(store, "x");
    for (const file of [whole.subarray(0, -20), whole.with(whole.length - 1, whole.at(-1)! ^ 1)]) {
      await rewrite(store, () => file);
      await store.cache("x").put(logIndexKey, index);
      const recording = await openRecording(store, "x", little);
      while (recording.history.growth) await recording.history.growth;
      expect(recording.history.end).toBe(readRecording(file).history.end);
      await recording.close?.();
    }
  });
});

async function recordsBegin(store: MemoryStore): Promise<number | undefined> {
  const recording = await openRecording(store, "x", little);
  const begin = recording.history.blocks.parts[0]?.block.place?.offset;
  await recording.close?.();
  return begin;
}
