import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import { readRecording } from "../log/reader.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { checkHistory } from "../testing/properties.ts";
import { instructionsRun, machine, plain, recordTo, replay, text } from "../testing/sessions.ts";

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

it("gives way to the host although the guest does nothing but idle shortly", async () => {
  const host = new FakeHost();
  const session = plain("", { host });
  const subject = session.machine;
  let idles = 0;
  let longest = 0;
  subject.run = () => {
    idles++;
    if (++longest > 1000) session.interrupt();
    return { kind: "idle", deadlineNs: subject.nowNs + 1 };
  };
  subject.endIdle = () => {};
  host.onGiveWay = () => {
    longest = 0;
    if (idles > 2000) session.interrupt();
  };
  expect((await session.run()).kind).toBe("interrupted");
  expect(idles).toBeGreaterThan(2000);
});

describe("the ends of history", () => {
  it("are told apart from other stops", async () => {
    const store = new MemoryStore();
    const recorder = await recordTo(store, 3000);
    await recorder.dispose();
    const session = await replay(readRecording(await readWhole(store, "x")));
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
    expect(recorder.send(0, text("x"))).toBe(false);
    const session = await replay(readRecording(await readWhole(store, "x")));
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

    const again = await replay(readRecording(await readWhole(store, "x")), store);
    expect(again.snapshots().map(({ name, position }) => [name, position])).toEqual([
      ["early", 1234],
      ["later", 5000],
    ]);
    await again.loadSnapshot("early");
    expect(again.position).toBe(1234);
    await again.saveSnapshot("from a replay");
    await again.deleteSnapshot("later");
    await again.dispose();
    const third = readRecording(await readWhole(store, "x"));
    expect([...third.history.names.keys()]).toEqual(["early", "from a replay"]);
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
    const session = await replay(readRecording(await readWhole(store, "x")), undefined, "", host);
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
    const ran = await instructionsRun(session, async () => {
      for (let count = 0; count < 200; count++) await session.stepBack();
    });
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
