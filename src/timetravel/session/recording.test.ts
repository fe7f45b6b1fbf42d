import { describe, expect, it } from "vitest";
import { hex, UserError } from "../../base/index.ts";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import { readRecording, type Recording } from "../log/reader.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { OFF_PORT } from "../testing/fake-machine.ts";
import { RecordingPaused } from "../log/recording-paused.ts";
import { OLDEST_SEMANTICS, SEMANTICS } from "../versions.ts";
import { plain, recordTo, replay, text } from "../testing/sessions.ts";

describe("recording", () => {
  it("of other semantics is refused, whatever the machine was made by", async () => {
    const store = new MemoryStore();
    await (await recordTo(store, 1000)).quit();
    const recording = readRecording(await readWhole(store, "x"));
    const { header } = recording;
    for (const semantics of [OLDEST_SEMANTICS - 1, SEMANTICS + 1]) {
      const other = { ...header, configuration: { ...header.configuration, semantics } };
      const message = `semantics ${semantics}; this one has semantics ${SEMANTICS}`;
      await expect(replay({ ...recording, header: other })).rejects.toThrow(message);
    }
  });

  it("takes input at the live end only, and goes on after a look back", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 10_000);
    const live = session.stateHash();
    expect(session.mode).toBe("record");
    await session.seek(5000);
    expect(session.atEnd).toBe(false);
    expect(session.end).toBe(10_000);
    expect(session.send(0, text("past"))).toBe(false);
    expect(() => session.reset()).toThrow(UserError);
    await session.seek(session.end);
    expect(session.stateHash()).toBe(live);
    expect(session.send(0, text("a long line that does not fit the machine at once\r"))).toBe(true);
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
    ).toEqual(["write-memory", "reset", "arrival"]);
    const end = session.stateHash();
    const echoed = session.outputUntil(1, Infinity);
    expect(new TextDecoder().decode(echoed)).toBe("a long line that does not fit the machine at once\r");
    await session.quit();

    const again = await replay(readRecording(await readWhole(store, "x")));
    await again.seek(20_000);
    expect(again.stateHash()).toBe(end);
    expect(again.outputUntil(1, Infinity)).toEqual(echoed);
  });

  it("records a BREAK in its place among what is typed, and replays it", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 10_000);
    session.send(0, text("ab"));
    expect(session.sendBreak(0)).toBe(true);
    session.send(0, text("h"));
    await session.run({ until: 20_000 });
    const inputs = session.inputs().map(({ input }) => input);
    const typed = inputs.flatMap((input): (string | number)[] =>
      input.kind === "arrival" ? [...input.bytes] : [input.kind],
    );
    expect(typed).toEqual([...text("ab"), "break", ...text("h")]);
    const end = session.stateHash();
    await session.seek(5000);
    expect(session.sendBreak(0)).toBe(false);
    await session.quit();

    const again = await replay(readRecording(await readWhole(store, "x")));
    await again.seek(20_000);
    expect(again.stateHash()).toBe(end);
  });

  it("records a debugger's accesses to ports, and replays what they change", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 10_000);
    session.send(0, text("abc"));
    await session.step();
    const read = (): number | undefined => {
      expect(session.edit({ kind: "read-port", port: 0x60, size: 1 })).toBe(true);
      return session.machine.ioPorts?.lastRead;
    };
    const reads = [read(), read()];
    expect(new TextDecoder().decode(Uint8Array.from(reads as number[]))).toMatch(/^(ab|bc)$/);
    expect(session.edit({ kind: "write-port", port: 2, size: 4, value: 0xdeadbeef })).toBe(true);
    expect([session.position, session.lastStop]).toEqual([10_004, { kind: "position" }]);
    const hashes = [session.stateHash()];
    await session.run({ until: 20_000 });
    hashes.push(session.stateHash());
    await session.quit();
    const again = await replay(readRecording(await readWhole(store, "x")));
    for (const [n, position] of [10_004, 20_000].entries()) {
      await again.seek(position);
      expect(again.stateHash()).toBe(hashes[n]);
    }
    // In recorded history it is a branch.
    await again.seek(15_000);
    expect(again.edit({ kind: "read-port", port: 0x60, size: 1 })).toBe(true);
    expect([again.branchedAt, again.position]).toEqual([15_000, 15_001]);
  });

  it("ends where a debugger's access turns the machine off, and its replay does", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 1000);
    const off = { kind: "write-port", port: OFF_PORT, size: 2, value: 1 } as const;
    expect(session.edit(off)).toBe(true);
    const stop = { kind: "shutdown", reason: "guest-shutdown" };
    expect([session.lastStop, session.position, session.end]).toEqual([stop, 1001, 1001]);
    expect(session.edit(off)).toBe(false);
    expect(await session.run()).toEqual(stop);
    const hash = session.stateHash();
    await session.quit();
    const recording = readRecording(await readWhole(store, "x"));
    expect(recording.history.endReason).toBe("guest-shutdown");
    const again = await replay(recording);
    expect(await again.run()).toEqual(stop);
    expect([again.position, again.stateHash()]).toEqual([1001, hash]);
  });

  it("takes an edit at a hit whose step has inputs, and applies both in one step", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 1000);
    session.setWatchpoints([{ kind: "access", address: 0n, length: 70 * 4096 }]);
    while (session.inputs().at(-1)?.position !== session.position) {
      await session.step();
      session.send(0, text("k"));
      await session.run();
    }
    const { position } = session;
    expect(session.edit({ kind: "write-memory", physicalAddress: 100, bytes: text("hello") })).toBe(true);
    expect(session.position).toBe(position + 1);
    const kinds = session.inputs().map(({ input }) => input.kind);
    expect(kinds.slice(-2)).toEqual(["arrival", "write-memory"]);
    session.reset();
    expect(session.position).toBe(position + 2);
    const hash = session.stateHash();
    await session.run({ until: position + 3, ignoreHits: true });
    await session.quit();
    const again = await replay(readRecording(await readWhole(store, "x")));
    await again.seek(position + 2);
    expect(again.stateHash()).toBe(hash);
  });

  it("shows a hit's state without the inputs that its step takes", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 0);
    session.setWatchpoints([{ kind: "access", address: 0n, length: 70 * 4096 }]);
    const hashes = new Map<number, string>();
    let coincidences = 0;
    for (let count = 0; count < 300; count++) {
      session.send(0, text("z"));
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
    const again = await replay(readRecording(await readWhole(store, "x")));
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
    const again = await replay(readRecording(await readWhole(store, "x")));
    for (const position of [2000, 2001, 4000, 3000, again.end]) await again.seek(position);
    expect(again.stateHash()).toBe(hash);
  });

  it("is readable at any moment, up to the last flush", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 0);
    const host = new Map<number, string>();
    for (let at = 500; at < 20_000; at += 777) {
      if (at % 2) session.send(0, text("key"));
      await session.run({ until: at });
      host.set(at, session.stateHash());
    }
    const file = await readWhole(store, "x");
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

  it("with a damaged part is not cut by a name given to a position before it", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 20_000);
    await session.quit();
    const file = await readWhole(store, "x");
    file[file.length - 40]! ^= 1;
    await store.delete("x");
    await (await store.create("x")).append(file);
    const recording = readRecording(file);
    expect(recording.damage).toBeDefined();
    const damaged = await replay(recording, store);
    await damaged.saveSnapshot("here");
    expect(damaged.snapshots()).toMatchObject([{ name: "here" }]);
    await damaged.dispose();
    expect(await readWhole(store, "x")).toEqual(file);
  });

  it("takes two names given at once", async () => {
    const store = new MemoryStore();
    await (await recordTo(store, 2000)).quit();
    const session = await replay(readRecording(await readWhole(store, "x")), store);
    await Promise.all([session.saveSnapshot("one"), session.saveSnapshot("two")]);
    await session.dispose();
    const { damage, history } = readRecording(await readWhole(store, "x"));
    expect([damage, [...history.names.keys()]]).toEqual([undefined, ["one", "two"]]);
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
      session.send(0, text("x"));
      for (let turn = 0; turn < 3000 && !done; turn++) await Promise.resolve();
      session.interrupt();
      await run;
      hash = session.stateHash();
    }
    const end = session.position;
    await session.quit();
    const recording = readRecording(await readWhole(store, "x"));
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

  it("pauses with the store's reason when storage is full, and loses nothing", async () => {
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
    await expect(runs()).rejects.toThrow("recording is paused, nothing is lost: storage is full");
    const { position, end } = session;
    expect([session.mode, end]).toEqual(["record", position]);
    await expect(session.run({ until: position + 1000 })).rejects.toThrow(RecordingPaused);
    await expect(session.step()).rejects.toThrow(RecordingPaused);
    expect(session.position).toBe(position);
    // Looking back goes on meanwhile.
    await session.seek(10);
    await session.stepBack();
    expect(session.position).toBe(9);
    await session.seek(end);
    expect(session.end).toBe(end);
    session.send(0, text("typed"));
    left = Infinity;
    await session.run({ until: position + 1000 });
    const hash = session.stateHash();
    await session.quit();
    const again = await replay(readRecording(await readWhole(store, "x")));
    await again.run();
    expect([again.position, again.stateHash()]).toEqual([position + 1000, hash]);
  });

  it("that is ended while its user is in the past has the hash of its last state", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 20_001);
    const hash = session.stateHash();
    await session.seek(1234);
    await session.quit();
    expect(session.position).toBe(1234);
    const { history } = readRecording(await readWhole(store, "x"));
    expect(history.hashes.at(-1)).toMatchObject({ position: 20_001 });
    expect(hex(history.hashes.at(-1)!.hash)).toBe(hash);
  });

  it("is stored again when the store has lost it, while it is made", async () => {
    const store = new MemoryStore();
    const session = await recordTo(store, 20_000);
    session.send(0, text("typed"));
    await session.run({ until: 30_000 });
    await session.saveSnapshot("before");
    await store.delete("x");
    await session.run({ until: 60_000 });
    expect(session.mode).toBe("record");
    await session.saveSnapshot("after");
    await store.delete("x");
    const hash = session.stateHash();
    await session.quit();
    const again = await replay(readRecording(await readWhole(store, "x")));
    expect(again.snapshots().map(({ name }) => name)).toEqual(["before", "after"]);
    await again.run();
    expect([again.position, again.stateHash()]).toEqual([60_000, hash]);
  });

  it("is stored again when that is asked for, and pauses as long as it cannot be", async () => {
    const store = new MemoryStore();
    let full = false;
    const tight = Object.assign(Object.create(store) as MemoryStore, {
      create: async (name: string) => {
        if (full) throw new UserError("storage is full");
        return store.create(name);
      },
    });
    const session = await recordTo(tight, 20_000);
    await store.delete("x");
    full = true;
    await expect(session.storeAgain()).rejects.toThrow("recording is paused, nothing is lost: storage is full");
    await expect(session.step()).rejects.toThrow(RecordingPaused);
    full = false;
    await session.run({ until: 25_000 });
    await session.seek(10);
    await store.delete("x");
    await session.storeAgain();
    expect(readRecording(await readWhole(store, "x")).history.end).toBe(25_000);
    await session.quit();
    const opened = await replay(readRecording(await readWhole(store, "x")), store);
    await store.delete("x");
    await opened.storeAgain();
    await opened.saveSnapshot("later");
    const { history } = readRecording(await readWhole(store, "x"));
    expect([history.end, history.endReason, [...history.names.keys()]]).toEqual([25_000, "host-quit", ["later"]]);
  });
});
