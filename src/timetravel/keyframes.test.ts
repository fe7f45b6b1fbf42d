import { describe, expect, it } from "vitest";
import { MemoryStore } from "../storage/index.ts";
import { openSession } from "./factories.ts";
import { readRecording } from "./log/reader.ts";
import { FakeHost } from "./testing/fake-host.ts";
import { machine, recordTo, text } from "./testing/sessions.ts";
import type { TravelSession } from "./travel-session.ts";

describe("stored keyframes", () => {
  const limits = { snapshotInterval: 2048, hashInterval: 8192, keyframeInterval: 8192 };
  const open = async (store: MemoryStore): Promise<TravelSession> => {
    const recording = readRecording(await store.read("x"));
    return openSession({ machine: machine(), host: new FakeHost(5), limits, name: "x", recording, store });
  };
  const indexed = async (): Promise<[MemoryStore, TravelSession]> => {
    const store = new MemoryStore();
    const recorder = await recordTo(store, 0);
    for (let count = 1; count <= 20; count++) {
      recorder.sendSerial(0, text("key"));
      await recorder.run({ until: count * 5000 });
    }
    await recorder.quit();
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

  it("open a recording without running through it, in the same states", async () => {
    const [store, first] = await indexed();
    const second = await open(store);
    expect(second.indexedTo).toBe(100_000);
    expect(second.outputUntil(0, Infinity)).toEqual(first.outputUntil(0, Infinity));
    expect(second.outputUntil(1, 50_000)).toEqual(first.outputUntil(1, 50_000));
    let ran = 0;
    const run = second.machine.run.bind(second.machine);
    second.machine.run = (until, hits) => {
      const from = second.position;
      const stop = run(until, hits);
      ran += second.position - from;
      return stop;
    };
    for (const position of [99_000, 30_000, 70_001, 5, 98_999, 100_000, 0, 49_152]) {
      ran = 0;
      await second.seek(position);
      expect(ran).toBeLessThan(2 * 8192);
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
  });
});
