import { describe, expect, it } from "vitest";
import { UserError } from "../base/index.ts";
import type { WatchKind } from "../machine/index.ts";
import { MemoryStore } from "../storage/index.ts";
import { openSession, plainSession, recordSession, type SessionOptions } from "./factories.ts";
import { readRecording, type Recording } from "./log/reader.ts";
import { FakeHost } from "./testing/fake-host.ts";
import { FakeMachine } from "./testing/fake-machine.ts";
import { checkHistory, closedDoor, record } from "./testing/properties.ts";
import type { TravelSession } from "./travel-session.ts";

const configuration = {
  board: "fake",
  cpu: "toy",
  ramBytes: 70 * 4096,
  shift: 2,
  append: "",
  reboot: true,
  randomness: true,
  semantics: 1,
};
const machine = (append = ""): FakeMachine => new FakeMachine({ ...configuration, append }, closedDoor);
const limits = { snapshotInterval: 1024, hashInterval: 4096 };
const plain = (append = "", options: Partial<SessionOptions> = {}): TravelSession =>
  plainSession({ machine: machine(append), host: new FakeHost(), limits, ...options });

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function replay(
  recording: Recording,
  store?: MemoryStore,
  append = "",
  host = new FakeHost(9),
): Promise<TravelSession> {
  return openSession({ machine: machine(append), host, limits, name: "x", recording, ...(store ? { store } : {}) });
}

async function recordTo(store: MemoryStore, length: number, append = ""): Promise<TravelSession> {
  const subject = machine(append);
  const header = { configuration: subject.configuration, images: [], created: 0, version: "test" };
  const session = await recordSession({ machine: subject, host: new FakeHost(3), limits, store, name: "x", header });
  if (length > 0) await session.run({ until: length });
  return session;
}

describe("a history", () => {
  for (let seed = 1; seed <= 8; seed++)
    it(`has one state at every position, however one goes there (seed ${seed})`, async () => {
      await checkHistory(() => machine("wait"), {
        seed,
        length: 40_000,
        motions: 100,
        limits: {
          snapshotInterval: 1 << (9 + (seed % 4)),
          hashInterval: 1 << 12,
          snapshotCount: seed % 2 ? 2000 : 12,
          memoryBytes: 2 ** 20 * (seed % 3 ? 512 : 1),
        },
      });
    });
});

describe("running back", () => {
  it("finds the last hit before, as a naive model does", async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const length = 6000;
      const { file } = await record(() => machine(), { seed, length, motions: 0, limits });
      const session = await replay(readRecording(file));
      const breakpoints = new Set([BigInt((seed * 12) % 256) * 4n]);
      const kind: WatchKind = seed % 3 === 0 ? "read" : seed % 3 === 1 ? "write" : "access";
      const watchpoints = [{ kind, address: 4096n, length: 200 }];
      session.setBreakpoints(breakpoints);
      session.setWatchpoints(watchpoints);

      // Every stop that someone coming from the end may make, in order.
      const stops: { position: number; kind: string }[] = [];
      session.machine.run(session.end, {
        kind: "collect",
        onHit: (p, hit) =>
          stops.push(hit ? { position: p + 1, kind: "watchpoint" } : { position: p, kind: "breakpoint" }),
      });
      expect(stops.length).toBeGreaterThan(10);
      const fresh = await replay(readRecording(file));
      fresh.setBreakpoints(breakpoints);
      fresh.setWatchpoints(watchpoints);
      for (let from = session.end; from > 0; from -= 97 + seed) {
        await fresh.seek(from);
        const expected = stops.findLast((stop) => stop.position < from);
        const stop = await fresh.runBack();
        expect([fresh.position, stop.kind]).toEqual(
          expected ? [expected.position, expected.kind] : [0, "history-start"],
        );
        const further = stops.findLast((other) => other.position < fresh.position);
        await fresh.runBack();
        expect(fresh.position).toBe(further?.position ?? 0);
      }
    }
  });

  it("and forward again stops at the same places, each once", async () => {
    const session = plain();
    session.setWatchpoints([{ kind: "write", address: 0n, length: 64 }]);
    const places: number[] = [];
    for (let count = 0; count < 8; count++) {
      expect((await session.run()).kind).toBe("watchpoint");
      places.push(session.position);
    }
    expect(new Set(places).size).toBe(8);
    // The stop is before the access; from just behind it, running back stands still further back.
    await session.step();
    await session.runBack();
    expect(session.position).toBe(places[6]! + 1);
    await session.stepBack();
    expect(session.position).toBe(places[6]);
    expect((await session.run()).kind).toBe("watchpoint");
    expect(session.position).toBe(places[6]);
    await session.run();
    expect(session.position).toBe(places[7]);
  });

  it("stops at a breakpoint in both directions without reporting it again", async () => {
    const session = plain();
    session.setBreakpoints(new Set([40n]));
    await session.run();
    const first = session.position;
    await session.run();
    const second = session.position;
    expect(second).toBeGreaterThan(first);
    expect((await session.runBack()).kind).toBe("breakpoint");
    expect(session.position).toBe(first);
    await session.run();
    expect(session.position).toBe(second);
    await session.seek(first + 1);
    expect((await session.run()).kind).toBe("breakpoint");
    expect(session.position).toBe(second);
  });

  it("can be interrupted", async () => {
    const host = new FakeHost();
    const session = plain("", { host });
    await session.run({ until: 50_000 });
    session.setBreakpoints(new Set([1n]));
    host.onGiveWay = () => session.interrupt();
    expect((await session.runBack()).kind).toBe("interrupted");
    expect(session.position).toBeLessThanOrEqual(50_000);
    expect((await session.runBack()).kind).toBe("interrupted");
  });
});

describe("the ends of history", () => {
  it("are told apart from other stops", async () => {
    const store = new MemoryStore();
    const recorder = await recordTo(store, 3000);
    await recorder.dispose();
    const session = await replay(readRecording(await store.read("x")));
    expect(session.mode).toBe("play");
    expect((await session.stepBack()).kind).toBe("history-start");
    expect((await session.runBack()).kind).toBe("history-start");
    expect((await session.run()).kind).toBe("history-end");
    expect(session.position).toBe(3000);
    expect((await session.step()).kind).toBe("history-end");
    await expect(session.seek(3001)).rejects.toThrow(UserError);
    await expect(session.seek(-1)).rejects.toThrow(UserError);
  });

  it("include a recorded quit and a power-off", async () => {
    const store = new MemoryStore();
    const recorder = await recordTo(store, 3000);
    await recorder.quit();
    expect(recorder.mode).toBe("play");
    expect(recorder.sendSerial(0, text("x"))).toBe(false);
    const session = await replay(readRecording(await store.read("x")));
    expect(await session.run()).toEqual({ kind: "shutdown", reason: "host-quit" });

    const off = plain("off=2000");
    expect(await off.run()).toEqual({ kind: "shutdown", reason: "guest-shutdown" });
    expect(off.position).toBe(2000);
    await off.stepBack();
    expect(off.position).toBe(1999);
    expect((await off.run()).kind).toBe("shutdown");
    expect((await off.run()).kind).toBe("shutdown");
  });
});

describe("recording", () => {
  it("takes input at the live end only, and goes on after a look back", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 10_000);
    const live = session.stateHash();
    expect(session.mode).toBe("record");
    await session.seek(5000);
    expect(session.atEnd).toBe(false);
    expect(session.end).toBe(10_000);
    expect(session.sendSerial(0, text("past"))).toBe(false);
    expect(session.edit({ kind: "write-memory", physicalAddress: 0, bytes: text("x") })).toBe(false);
    expect(() => session.reset()).toThrow(UserError);
    await session.seek(session.end);
    expect(session.stateHash()).toBe(live);
    expect(session.sendSerial(0, text("a long line that does not fit the machine at once\r"))).toBe(true);
    expect(session.edit({ kind: "write-memory", physicalAddress: 100, bytes: text("hello") })).toBe(true);
    expect(session.position).toBe(10_001);
    session.reset();
    expect(session.position).toBe(10_002);
    await session.run({ until: 20_000 });
    expect(
      session
        .inputs()
        .map(({ input }) => input.kind)
        .slice(0, 3),
    ).toEqual(["write-memory", "reset", "serial"]);
    const end = session.stateHash();
    const echoed = session.outputUntil(1, Infinity);
    expect(new TextDecoder().decode(echoed)).toBe("a long line that does not fit the machine at once\r");
    await session.quit();

    const again = await replay(readRecording(await store.read("x")));
    await again.seek(20_000);
    expect(again.stateHash()).toBe(end);
    expect(again.outputUntil(1, Infinity)).toEqual(echoed);
  });

  it("shows a hit's state without the inputs that its step takes", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 0);
    session.setWatchpoints([{ kind: "access", address: 0n, length: 70 * 4096 }]);
    const hashes = new Map<number, string>();
    let coincidences = 0;
    for (let count = 0; count < 300; count++) {
      session.sendSerial(0, text("z"));
      const before = session.inputs().length;
      const from = session.position;
      await session.run();
      hashes.set(session.position, session.stateHash());
      if (session.position === from && session.inputs().length > before) coincidences++;
      if (count % 7 === 0) await session.stepBack();
      await session.step();
    }
    expect(coincidences).toBeGreaterThan(2);
    await session.seek(session.end);
    await session.run({ until: session.end + 100, ignoreHits: true });
    await session.quit();
    const again = await replay(readRecording(await store.read("x")));
    for (const [position, hash] of hashes) {
      await again.seek(position);
      expect(again.stateHash()).toBe(hash);
    }
  });

  it("keeps what a reset took from the door", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 2000);
    for (let count = 0; count < 3; count++) {
      session.reset();
      await session.run({ until: session.position + 1500 });
    }
    await session.seek(3500);
    await session.seek(session.end);
    const hash = session.stateHash();
    await session.quit();
    const again = await replay(readRecording(await store.read("x")));
    for (const position of [2000, 2001, 4000, 3000, again.end]) await again.seek(position);
    expect(again.stateHash()).toBe(hash);
  });

  it("is readable at any moment, up to the last flush", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 0);
    const host = new Map<number, string>();
    for (let at = 500; at < 20_000; at += 777) {
      if (at % 2) session.sendSerial(0, text("key"));
      await session.run({ until: at });
      host.set(at, session.stateHash());
    }
    const file = await store.read("x");
    let last = -1;
    for (let length = file.length; length > 0; length -= 61) {
      let recording: Recording;
      try {
        recording = readRecording(file.subarray(0, length));
      } catch {
        break;
      }
      if (!recording.history.poweredOn) {
        await expect(replay(recording)).rejects.toThrow(/before the machine was powered on/);
        break;
      }
      if (recording.history.end === last) continue;
      last = recording.history.end;
      const cut = await replay(recording);
      await cut.seek(cut.end);
      const expected = host.get(cut.end);
      if (expected) expect(cut.stateHash()).toBe(expected);
    }
    expect(last).toBeLessThan(3000);
  });

  it("ends an idle without a deadline by input, and replays it exactly", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 0, "wait");
    let hash = "";
    for (let count = 0; count < 5; count++) {
      const run = session.run({ until: session.position + 400_000 });
      let done = false;
      void run.then(() => (done = true));
      for (let turn = 0; turn < 3000 && !done; turn++) await Promise.resolve();
      session.sendSerial(0, text("x"));
      for (let turn = 0; turn < 3000 && !done; turn++) await Promise.resolve();
      session.interrupt();
      await run;
      hash = session.stateHash();
    }
    const end = session.position;
    await session.quit();
    const recording = readRecording(await store.read("x"));
    expect(recording.history.idleEnds.length).toBeGreaterThan(0);
    const again = await replay(recording, undefined, "wait");
    await again.run();
    expect([again.position, again.stateHash()]).toEqual([end, hash]);
  });

  it("sleeps through idles as the guest does, or not at all", async () => {
    const ns = async (sleep: boolean): Promise<[number, number]> => {
      const host = new FakeHost();
      const start = host.nowMs();
      const session = plain("", { host, sleep });
      await session.run({ until: 30_000 });
      return [session.machine.nowNs / 1e6, host.nowMs() - start];
    };
    const [virtualSlow, hostSlow] = await ns(true);
    const [virtualFast, hostFast] = await ns(false);
    expect(virtualSlow).toBe(virtualFast);
    expect(hostSlow).toBeGreaterThan(virtualSlow * 0.9);
    expect(hostFast).toBeLessThan(virtualFast * 0.5);
  });

  it("stops with the store's reason when storage fails, and the machine lives on", async () => {
    const store = new MemoryStore();
    let left = 4;
    const failing = Object.assign(Object.create(store) as MemoryStore, {
      create: async (name: string) => {
        const writer = await store.create(name);
        return {
          append: async (bytes: Uint8Array) => {
            if (left-- <= 0) throw new UserError("storage is full");
            await writer.append(bytes);
          },
          close: () => writer.close(),
        };
      },
    });
    const session = await recordTo(failing, 0);
    const runs = async (): Promise<void> => {
      for (;;) await session.run({ until: session.position + 100_000 });
    };
    await expect(runs()).rejects.toThrow("recording stopped: storage is full");
    expect(session.mode).toBe("none");
    await session.run({ until: session.position + 1000 });
    await session.seek(10);
    expect(session.position).toBe(10);
  });
});

describe("a divergence", () => {
  const tampered = async (change: (recording: Recording) => void): Promise<TravelSession> => {
    const store = new MemoryStore();
    const session = await recordTo(store, 0);
    for (let count = 1; count <= 20; count++) {
      session.sendSerial(0, text("k"));
      await session.run({ until: count * 1000 });
    }
    await session.quit();
    const recording = readRecording(await store.read("x"));
    change(recording);
    return replay(recording);
  };
  const report = async (session: TravelSession): Promise<string> => {
    const messages: string[] = [];
    session.onDivergence((message) => messages.push(message));
    await expect(session.run()).rejects.toThrow(/differs/);
    expect(messages).toHaveLength(1);
    return messages[0]!;
  };

  it("of a state's hash is reported with the interval, and what follows is not shown", async () => {
    const session = await tampered(({ history }) => void (history.hashes[2]!.hash[3]! ^= 1));
    expect(await report(session)).toMatch(/between positions 8192 and 12288/);
    expect(session.end).toBe(8192);
    expect(session.position).toBeLessThanOrEqual(8192);
    await expect(session.seek(9000)).rejects.toThrow(UserError);
    await session.seek(8000);
    expect(session.position).toBe(8000);
  });

  it("of an input is reported", async () => {
    const session = await tampered(({ history }) => {
      const input = history.inputs[10]!.input;
      if (input.kind === "serial") input.bytes[0]! ^= 1;
    });
    expect(await report(session)).toMatch(/between positions 8192 and 1[0-2]\d\d\d:/);
  });

  it("of entropy is reported at once", async () => {
    await expect(tampered(({ history }) => void history.entropy.splice(0, 1))).rejects.toThrow(/entropy/);
  });
});

describe("named snapshots", () => {
  it("are positions in the log, given and taken away at any time", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 5000);
    await session.saveSnapshot("later");
    await session.seek(1234);
    await session.saveSnapshot("early");
    await session.saveSnapshot("wrong");
    await session.deleteSnapshot("wrong");
    await expect(session.loadSnapshot("wrong")).rejects.toThrow("there is no snapshot named 'wrong'");
    await session.loadSnapshot("later");
    expect(session.position).toBe(5000);
    await session.quit();

    const again = await replay(readRecording(await store.read("x")), store);
    expect(again.snapshots().map(({ name, position }) => [name, position])).toEqual([
      ["early", 1234],
      ["later", 5000],
    ]);
    await again.loadSnapshot("early");
    expect(again.position).toBe(1234);
    await again.saveSnapshot("from a replay");
    await again.deleteSnapshot("later");
    await again.dispose();
    const third = readRecording(await store.read("x"));
    expect([...third.history.names.keys()]).toEqual(["early", "from a replay"]);
  });
});

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

describe("motion", () => {
  it("is one at a time", async () => {
    const session = plain();
    const run = session.run({ until: 100_000 });
    await expect(session.step()).rejects.toThrow("another motion");
    expect(session.running).toBe(true);
    await run;
    expect(session.running).toBe(false);
  });

  it("stops at replayBreak once", async () => {
    const session = plain();
    session.replayBreak = 777;
    expect((await session.run({ until: 1000 })).kind).toBe("position");
    expect([session.position, session.replayBreak]).toEqual([777, undefined]);
    await session.run({ until: 1000 });
    expect(session.position).toBe(1000);
  });

  it("indexes a recording, gives way to the user, and goes on later", async () => {
    const store = new MemoryStore();
    await (await recordTo(store, 400_000)).dispose();
    const host = new FakeHost();
    host.msPerLook = 10;
    const session = await replay(readRecording(await store.read("x")), undefined, "", host);
    expect(session.indexedTo).toBe(0);
    const first = session.index();
    for (let turn = 0; turn < 6; turn++) await Promise.resolve();
    await session.seek(500);
    expect(await first).toBe(false);
    expect(session.position).toBe(500);
    const progress: number[] = [];
    expect(await session.index({ onProgress: ({ done }) => progress.push(done) })).toBe(true);
    expect(session.position).toBe(500);
    expect(session.indexedTo).toBe(400_000);
    expect(progress.length).toBeGreaterThan(1);
    expect(session.keyframes().length).toBeGreaterThan(390);
  });

  it("backwards is short once it was made nearby", async () => {
    const session = plain("", { limits: { snapshotInterval: 2 ** 20, hashInterval: 2 ** 20 } });
    await session.run({ until: 300_000 });
    await session.stepBack();
    let ran = 0;
    const run = session.machine.run.bind(session.machine);
    session.machine.run = (until, hits) => {
      const from = session.position;
      const stop = run(until, hits);
      ran += session.position - from;
      return stop;
    };
    for (let count = 0; count < 200; count++) await session.stepBack();
    expect(session.position).toBe(300_000 - 201);
    expect(ran / 200).toBeLessThan(200);
  });

  it("keeps the console's history once, with positions", async () => {
    const session = plain();
    const heard: number[] = [];
    session.onOutput((port, bytes) => void (port === 0 && heard.push(...bytes)));
    await session.run({ until: 20_000 });
    await session.seek(3000);
    await session.run({ until: 25_000 });
    const { bytes, positions } = session.outputSince(0, 0);
    expect(heard).toEqual([...bytes]);
    expect(session.outputUntil(0, 12_345).length).toBe(Array.from(positions).filter((p) => p <= 12_345).length);
    expect([...session.outputSince(0, 5).bytes]).toEqual(heard.slice(5));
  });
});
