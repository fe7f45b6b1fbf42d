import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { MemoryStore, type RecordingCache, readWhole } from "../../storage/index.ts";
import { openSession } from "../session/factories.ts";
import { decodeKeyframe, encodeKeyframe } from "./format.ts";
import { readRecording } from "../log/reader.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { Random } from "../testing/random.ts";
import { instructionsRun, machine, recordTo, text } from "../testing/sessions.ts";
import type { TravelSession } from "../session/travel-session.ts";

/** Tells when something was put, or refuses it. */
class WatchedStore extends MemoryStore {
  onPut: (key: string) => void = () => {};

  override cache(name: string): RecordingCache {
    const cache = super.cache(name);
    const put = async (key: string, bytes: Uint8Array): Promise<void> => {
      this.onPut(key);
      await cache.put(key, bytes);
    };
    return { ...cache, put };
  }

  next(wanted: string): Promise<void> {
    return new Promise((resolve) => (this.onPut = (key) => key === wanted && resolve()));
  }
}

describe("stored keyframes", () => {
  const limits = { snapshotInterval: 2048, hashInterval: 8192, keyframeInterval: 8192 };
  const open = async (store: MemoryStore): Promise<TravelSession> => {
    const recording = readRecording(await readWhole(store, "x"));
    return openSession({ machine: machine(), host: new FakeHost(5), limits, name: "x", recording, store });
  };
  const indexed = async (): Promise<[MemoryStore, TravelSession]> => {
    const store = new MemoryStore();
    const recorder = await recordTo(store, 0);
    for (let count = 1; count <= 20; count++) {
      recorder.send(0, text("key"));
      await recorder.run({ until: count * 5000 });
    }
    await recorder.quit();
    await store.cache("x").clear();
    const first = await open(store);
    expect(first.indexedTo).toBe(0);
    await first.index();
    await first.keep();
    return [store, first];
  };

  it("are not written once their session is closed", async () => {
    const [store, first] = await indexed();
    const cache = store.cache("x");
    await cache.clear();
    const second = await open(store);
    await second.index();
    const keeping = second.keep();
    await second.dispose();
    const keys = await cache.keys();
    await keeping;
    await first.dispose();
    expect(await cache.keys()).toEqual(keys);
    expect(keys).not.toContain("index");
    expect((await open(store)).indexedTo).toBe(0);
  });

  it("come with output that is told all the same when history comes to it, once", async () => {
    const [store, first] = await indexed();
    const told = async (session: TravelSession): Promise<string> => {
      let shown = "";
      session.onOutput((port, bytes) => (shown += bytes.reduce((all, byte) => `${all} ${port}:${byte}`, "")));
      await session.run();
      await session.seek(30_000);
      await session.run();
      return shown;
    };
    const second = await open(store);
    expect(second.indexedTo).toBeGreaterThan(0);
    await store.cache("x").clear();
    const shown = await told(second);
    expect(shown).not.toBe("");
    expect(shown).toBe(await told(await open(store)));
    await first.dispose();
  });

  it("come with footprints: what was just opened runs back past what cannot hold a hit, and finds what others find", async () => {
    const [store, first] = await indexed();
    const second = await open(store);
    await second.seek(100_000);
    second.setWatchpoints([{ kind: "write", address: 1n << 40n, length: 8 }]);
    const ran = await instructionsRun(second, async () => expect((await second.runBack()).kind).toBe("history-start"));
    expect(ran).toBeLessThan(2 * limits.keyframeInterval);
    const random = new Random(8);
    const third = await open(store);
    for (let count = 0; count < 60; count++) {
      await first.seek(random.between(1, 100_000));
      const breakpoint = first.machine.pc + (random.between(0, 3) === 0 ? 64n : 0n);
      const from = random.between(0, 100_000);
      const stops = [];
      for (const session of [first, third]) {
        session.setBreakpoints(new Set(count % 3 === 0 ? [] : [breakpoint]));
        session.setWatchpoints(count % 2 === 0 ? [{ kind: "access", address: BigInt(count * 1000), length: 8 }] : []);
        await session.seek(from);
        stops.push([await session.runBack(), session.position]);
      }
      expect(stops[1]).toEqual(stops[0]);
    }
  });

  it("are those of the recording, also when a throw-away branch begins while they are stored", async () => {
    const [store] = await indexed();
    await store.cache("x").clear();
    let clear = (): void => {};
    const slow = Object.assign(Object.create(store) as MemoryStore, {
      cache: (name: string): RecordingCache => {
        const cache = store.cache(name);
        return { ...cache, clear: () => new Promise<void>((resolve) => (clear = resolve)).then(() => cache.clear()) };
      },
    });
    const session = await open(slow);
    await session.index();
    const hash = new Map<number, string>();
    for (const position of [40_000, 80_000]) {
      await session.seek(position);
      hash.set(position, session.stateHash());
    }
    await session.seek(5000);
    const keeping = session.keep();
    expect(session.edit({ kind: "write-memory", physicalAddress: 5000, bytes: text("other") })).toBe(true);
    await session.run({ until: 90_000 });
    clear();
    await keeping;
    await session.dispose();
    const again = await open(store);
    expect(again.indexedTo).toBe(100_000);
    for (const [position, expected] of hash) {
      await again.seek(position);
      expect(again.stateHash()).toBe(expected);
    }
  });

  it("are thrown away when a replay from them differs, and history is tried again without them", async () => {
    const [store, first] = await indexed();
    await first.seek(62_000);
    const hash = first.stateHash();
    const cache = store.cache("x");
    for (const key of (await cache.keys()).filter((key) => key.startsWith("state-"))) {
      const keyframe = decodeKeyframe((await cache.get(key))!);
      await cache.put(
        key,
        encodeKeyframe({ ...keyframe, locations: keyframe.locations.map(() => keyframe.locations[0]!) }),
      );
    }
    const second = await open(store);
    await expect(second.seek(62_000)).rejects.toThrow(/differs.*the snapshots beside the recording are thrown away/);
    expect([second.end, await cache.keys()]).toEqual([100_000, []]);
    await second.seek(62_000);
    expect(second.stateHash()).toBe(hash);
    await second.index();
    expect(second.indexedTo).toBe(100_000);
  });

  /** Instructions run to seek there. */
  const cost = (session: TravelSession, position: number): Promise<number> =>
    instructionsRun(session, () => session.seek(position));

  it("are stored of a recording in the making where it is paused, and more of them the next time", async () => {
    const store = new WatchedStore();
    const recorder = await recordTo(store, 0, "", { limits });
    for (const end of [60_000, 100_000]) {
      let kept = store.next("index");
      await recorder.run({ until: end });
      let second: TravelSession;
      do {
        await kept;
        kept = store.next("index");
        second = await open(store);
      } while (second.indexedTo < end);
      expect(await cost(second, end - 1)).toBeLessThan(2 * 8192);
      await recorder.seek(end - 1);
      expect(second.stateHash()).toBe(recorder.stateHash());
      expect(second.outputUntil(0, Infinity)).toEqual(recorder.outputUntil(0, Infinity));
      await recorder.seek(end);
    }
    await recorder.dispose();
  });

  it("are stored while the guest is idle", async () => {
    const store = new WatchedStore();
    const recorder = await recordTo(store, 0, "", { limits });
    // The fake host's timers expire at once: where the machine waits, it is quiet.
    const kept = store.next("index");
    const running = recorder.run();
    await kept;
    const { indexedTo } = await open(store);
    expect(indexedTo).toBeGreaterThanOrEqual(limits.snapshotInterval);
    recorder.interrupt();
    await running;
    await recorder.dispose();
  });

  it("can be stored bit by bit", async () => {
    const [store, first] = await indexed();
    await store.cache("x").clear();
    const second = await open(store);
    await second.index();
    let turns = 0;
    for (let left = 2; !(await second.keep(() => left-- > 0)); left = 2) turns++;
    expect(turns).toBeGreaterThan(3);
    const third = await open(store);
    await first.seek(77_777);
    expect(await cost(third, 77_777)).toBeLessThan(2 * 8192);
    expect(third.stateHash()).toBe(first.stateHash());
  });

  it("leave what room there is to the recording when storage is full", async () => {
    const store = new WatchedStore();
    const recorder = await recordTo(store, 0, "", { limits });
    store.onPut = () => {
      throw new UserError("storage is full");
    };
    await recorder.run({ until: 50_000 });
    await recorder.quit();
    expect(await store.cache("x").keys()).toEqual([]);
    expect((await open(store)).end).toBe(50_000);
  });

  it("open a recording without running through it, in the same states", async () => {
    const [store, first] = await indexed();
    const second = await open(store);
    expect(second.indexedTo).toBe(100_000);
    expect(second.outputUntil(0, Infinity)).toEqual(first.outputUntil(0, Infinity));
    expect(second.outputUntil(1, 50_000)).toEqual(first.outputUntil(1, 50_000));
    for (const position of [99_000, 30_000, 70_001, 5, 98_999, 100_000, 0, 49_152]) {
      expect(await cost(second, position)).toBeLessThan(2 * 8192);
      await first.seek(position);
      expect(second.stateHash()).toBe(first.stateHash());
    }
    second.setBreakpoints(new Set([16n]));
    first.setBreakpoints(new Set([16n]));
    for (let count = 0; count < 20; count++) {
      expect((await second.runBack()).kind).toBe((await first.runBack()).kind);
      expect(second.position).toBe(first.position);
    }
    // What came from the store can be stored again, with what was added.
    await second.keep();
    const third = await open(store);
    await third.seek(60_000);
    await first.seek(60_000);
    expect(third.stateHash()).toBe(first.stateHash());
  });

  it("are of no use to another recording, and do no harm when damaged", async () => {
    const [store, first] = await indexed();
    const other = new MemoryStore();
    await (await recordTo(other, 30_000)).quit();
    for (const key of await store.cache("x").keys())
      await other.cache("x").put(key, (await store.cache("x").get(key))!);
    expect((await open(other)).indexedTo).toBe(0);

    await first.seek(77_777);
    for (const damaged of await store.cache("x").keys()) {
      const cache = store.cache("x");
      const blob = (await cache.get(damaged))!;
      const changed = blob.slice();
      changed[changed.length >> 1]! ^= 4;
      await cache.put(damaged, changed);
      const session = await open(store);
      await session.seek(77_777);
      expect(session.stateHash()).toBe(first.stateHash());
      await cache.put(damaged, blob);
    }

    // Another process stored its own under the same numbers.
    const cache = store.cache("x");
    const packs = (await cache.keys()).filter((key) => key.startsWith("pages-"));
    const blobs = await Promise.all(packs.map((key) => cache.get(key)));
    expect(packs.length).toBeGreaterThan(1);
    for (const [at, key] of packs.entries()) await cache.put(key, blobs[(at + 1) % packs.length]!);
    const session = await open(store);
    await session.seek(77_777);
    expect(session.stateHash()).toBe(first.stateHash());
  });

  it("are thinned evenly when they are too many or too large, and what they alone needed goes", async () => {
    const store = new MemoryStore();
    const grown = { ...limits, keyframeCount: 6, keyframeBytes: 2 ** 30 };
    const session = await recordTo(store, 0, "", { limits: grown });
    const positions = async (): Promise<number[]> =>
      (await store.cache("x").keys())
        .filter((key) => key.startsWith("state-"))
        .map((key) => Number(key.slice(6)))
        .sort((a, b) => a - b);
    for (let end = 20_000; end <= 200_000; end += 20_000) {
      await session.run({ until: end });
      await session.keep();
      const kept = await positions();
      expect(kept.length).toBeLessThanOrEqual(6);
      const gaps = kept.map((position, at) => position - (kept[at - 1] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * Math.min(...gaps));
    }
    await session.seek(123_456);
    const hash = session.stateHash();
    await session.quit();
    const again = await open(store);
    await again.seek(123_456);
    expect(again.stateHash()).toBe(hash);
    await again.dispose();

    const packs = (await store.cache("x").keys()).filter((key) => key.startsWith("pages-")).length;
    const small = await openSession({
      ...{ machine: machine(), host: new FakeHost(5), limits: { ...grown, keyframeBytes: 2 ** 20 }, name: "x", store },
      recording: readRecording(await readWhole(store, "x")),
    });
    await small.keep();
    const left = await store.cache("x").keys();
    expect(left.filter((key) => key.startsWith("pages-")).length).toBeLessThan(packs);
    await small.seek(123_456);
    expect(small.stateHash()).toBe(hash);
    await small.dispose();
    const last = await open(store);
    await last.seek(123_456);
    expect(last.stateHash()).toBe(hash);
  });
});
