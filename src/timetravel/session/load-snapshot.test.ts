import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import { nameOfLoaded } from "./recorded-branch.ts";
import { readRecording } from "../log/reader.ts";
import { plain, recordTo, replay, text } from "../testing/sessions.ts";
import type { TravelSession } from "./travel-session.ts";

const names = (session: TravelSession): string[] =>
  [...session.snapshots(), ...session.snapshotsAside()].map(({ name }) => name);

/** Two snapshots, at 5000 and 8000, and more behind them. */
async function lived(session: TravelSession): Promise<{ session: TravelSession; hashes: Map<number, string> }> {
  const hashes = new Map<number, string>();
  for (const [name, position] of Object.entries({ early: 5000, late: 8000, end: 12_000 })) {
    session.send(0, text(name));
    await session.run({ until: position });
    hashes.set(position, session.stateHash());
    if (name !== "end") await session.saveSnapshot(name);
  }
  return { session, hashes };
}

describe("loading a snapshot at the live end", () => {
  it("goes on from there with other input, and keeps what came after", async () => {
    const { session, hashes } = await lived(plain());
    expect(await session.loadSnapshot("early")).toEqual({ recording: undefined });
    expect([session.position, session.end, session.branchedAt, session.mode]).toEqual([5000, 5000, 5000, "none"]);
    expect(session.stateHash()).toBe(hashes.get(5000));
    expect(session.send(0, text("other"))).toBe(true);
    await session.run({ until: 8000 });
    expect(session.stateHash()).not.toBe(hashes.get(8000));
    await session.endBranch();
    expect([session.position, session.end]).toEqual([5000, 12_000]);
    await session.run({ until: 12_000 });
    expect([session.stateHash(), session.send(0, text("on"))]).toEqual([hashes.get(12_000), true]);
    await session.dispose();
  });

  it("has the loaded snapshot still, and those of the history that it left, whichever is loaded next", async () => {
    const { session, hashes } = await lived(plain());
    const dropped: unknown[] = [];
    session.onBranchDropped((branch) => dropped.push(branch));
    await session.loadSnapshot("early");
    expect(names(session)).toEqual(["early", "late"]);
    expect(session.snapshots()).toHaveLength(1);
    await session.run({ until: 6000 });
    await session.saveSnapshot("own");
    await session.run({ until: 7000 });
    await session.loadSnapshot("own");
    expect([session.position, session.end, session.branchedAt, dropped]).toEqual([6000, 6000, 5000, []]);
    await session.loadSnapshot("late");
    expect([session.position, session.end, session.branchedAt]).toEqual([8000, 8000, 8000]);
    expect(session.stateHash()).toBe(hashes.get(8000));
    expect(dropped).toEqual([{ from: 5000, end: 6000, names: ["own"] }]);
    await session.loadSnapshot("early");
    expect([session.position, session.end, session.branchedAt, names(session)]).toEqual(
      [5000, 5000, 5000, ["early", "late"]], // prettier-ignore
    );
    await session.deleteSnapshot("late");
    expect(names(session)).toEqual(["early"]);
    await session.deleteSnapshot("early");
    expect(names(session)).toEqual([]);
    await session.dispose();
  });

  it("says which snapshots of the branch went with what came after", async () => {
    const { session } = await lived(plain());
    const dropped: unknown[] = [];
    session.onBranchDropped((branch) => dropped.push(branch));
    await session.loadSnapshot("early");
    for (const [name, position] of Object.entries({ first: 6000, late: 7000, last: 7500 })) {
      await session.run({ until: position });
      await session.saveSnapshot(name);
    }
    await session.loadSnapshot("first");
    expect(dropped.splice(0)).toEqual([{ from: 5000, end: 7500, names: ["late", "last"], anew: 6000 }]);
    await session.loadSnapshot("early");
    expect(dropped).toEqual([{ from: 5000, end: 6000, names: ["first"] }]);
    expect(names(session)).toEqual(["early", "late"]);
    await session.dispose();
  });

  it("gives the branch what was typed and not taken, before and meanwhile", async () => {
    const { session } = await lived(plain());
    const inputs = session.inputs().length;
    session.send(0, text("ab"));
    expect(session.sendBreak(0)).toBe(true);
    const loading = session.loadSnapshot("early");
    await new Promise((resolve) => setImmediate(resolve));
    expect(session.send(0, text("cd"))).toBe(true);
    await loading;
    await session.run({ until: 9000 });
    const typed = session
      .inputs()
      .map(({ input }) => (input.kind === "arrival" ? new TextDecoder().decode(input.bytes) : `<${input.kind}>`));
    expect(typed.join("")).toMatch(/ab<break>cd$/);
    await session.endBranch();
    expect(session.inputs()).toHaveLength(inputs);
    await session.dispose();
  });

  it("gives the branch a BREAK that comes on the way, between what is typed", async () => {
    const { session } = await lived(plain());
    const taken: boolean[] = [];
    const listening = session.onChange(() => {
      if (session.position !== 5000 || taken.length > 0) return;
      taken.push(session.send(0, text("a")), session.sendBreak(0), session.send(0, text("b")));
    });
    await session.loadSnapshot("early");
    listening.dispose();
    expect(taken).toEqual([true, true, true]);
    await session.run({ until: 9000 });
    const kinds = session.inputs().slice(-3);
    expect(kinds.map(({ input }) => input.kind)).toEqual(["arrival", "break", "arrival"]);
    await session.dispose();
  });

  it("is nothing where nothing came after", async () => {
    const { session } = await lived(plain());
    await session.saveSnapshot("now");
    expect(await session.loadSnapshot("now")).toBeUndefined();
    expect([session.position, session.branchedAt, session.send(0, text("x"))]).toEqual([12_000, undefined, true]);
    await expect(session.loadSnapshot("none")).rejects.toThrow("no snapshot named 'none'");
    await session.dispose();
  });

  it("begins a recording of its own where one is made: both replay", async () => {
    const store = new MemoryStore();
    const { session, hashes } = await lived(await recordTo(store, 0));
    expect(await session.loadSnapshot("early")).toEqual({ recording: { name: "x-loadvm-1", parent: "x" } });
    expect([session.position, session.mode, session.recordingName]).toEqual([5000, "record", "x-loadvm-1"]);
    expect([names(session), [...session.leftSnapshots]]).toEqual([["early"], [["late", "x"]]]);
    session.send(0, text("other"));
    await session.run({ until: 9000 });
    const hash = session.stateHash();
    expect(await session.loadSnapshot("early")).toEqual({ recording: { name: "x-loadvm-2", parent: "x-loadvm-1" } });
    await session.run({ until: 5500 });
    await session.quit();
    const ends = { x: [12_000, hashes.get(12_000)], "x-loadvm-1": [9000, hash] };
    for (const [name, end] of Object.entries(ends)) {
      const again = await replay(readRecording(await readWhole(store, name)), store, "", undefined, name);
      await again.run();
      expect([again.position, again.stateHash()]).toEqual(end);
      await again.dispose();
    }
  });
});

describe("a recording of which no branch can be made", () => {
  /** Loads, and is refused; afterwards it goes on where it was, with what was typed meanwhile. */
  async function refused(store: MemoryStore, why: string): Promise<void> {
    const { session } = await lived(await recordTo(store, 0));
    const loading = session.loadSnapshot("early");
    session.send(0, text("on"));
    await expect(loading).rejects.toThrow(why);
    expect([session.position, session.branchedAt, session.mode, session.recordingName]).toEqual(
      [12_000, undefined, "record", "x"], // prettier-ignore
    );
    await session.run({ until: 15_000 });
    const hash = session.stateHash();
    await session.quit();
    const recording = readRecording(await readWhole(store, "x"));
    const { input, position } = recording.history.inputs.at(-1)!;
    expect([input, position >= 12_000]).toEqual([{ kind: "arrival", port: 0, bytes: text("on") }, true]);
    const again = await replay(recording);
    await again.run();
    expect([again.position, again.stateHash()]).toEqual([15_000, hash]);
    await again.dispose();
  }

  it("goes on at its live end when there is no room", async () => {
    const store = new MemoryStore();
    const create = store.create.bind(store);
    store.create = (name) => (name === "x" ? create(name) : Promise.reject(new UserError("storage is full")));
    await refused(store, "storage is full");
  });

  it("goes on at its live end when its folder cannot be read", async () => {
    const store = new MemoryStore();
    store.list = () => Promise.reject(new UserError("permission denied"));
    await refused(store, "permission denied");
  });
});

it("the branch of a recording whose name begins with a dot has such a name too", async () => {
  const store = new MemoryStore();
  const { session } = await lived(await recordTo(store, 0, "", {}, ".x.rec"));
  const recording = { name: ".x-loadvm-1.rec", parent: ".x.rec" };
  expect(await session.loadSnapshot("early")).toEqual({ recording });
  await session.run({ until: 9000 });
  await session.quit();
  expect(readRecording(await readWhole(store, ".x-loadvm-1.rec")).history.end).toBe(9000);
});

it("a branch's name is a file's name, hidden only beside one that is", async () => {
  const { session } = await lived(await recordTo(new MemoryStore(), 0));
  for (const name of ["", ".", "..", "a/b", "a\\b", "y.lock", "y.cache", ".y"])
    await expect(session.branch(name), name).rejects.toThrow(UserError);
  await session.dispose();
});

describe("loading a snapshot elsewhere is a seek", () => {
  it("in a replay, also out of a branch of it", async () => {
    const store = new MemoryStore();
    const { session: made } = await lived(await recordTo(store, 0));
    await made.quit();
    const session = await replay(readRecording(await readWhole(store, "x")), store);
    await session.run();
    expect(await session.loadSnapshot("early")).toBeUndefined();
    expect([session.position, session.end, session.branchedAt]).toEqual([5000, 12_000, undefined]);
    await session.seek(7000);
    session.edit({ kind: "write-memory", physicalAddress: 5000, bytes: text("x") });
    await session.run({ until: 9000 });
    expect(await session.loadSnapshot("early")).toBeUndefined();
    expect([session.position, session.end, session.branchedAt]).toEqual([5000, 12_000, undefined]);
    expect((await store.list()).map(({ name }) => name)).toEqual(["x"]);
    await session.dispose();
  });

  it("in the past of a machine that is not shown at its live end", async () => {
    const { session } = await lived(plain());
    await session.seek(9000);
    expect(await session.loadSnapshot("early")).toBeUndefined();
    expect([session.position, session.end, session.branchedAt]).toEqual([5000, 12_000, undefined]);
    await session.dispose();
  });
});

it("names the branch after its root, in front of a file's extension", () => {
  expect(nameOfLoaded("boot.rec", new Set())).toBe("boot-loadvm-1.rec");
  expect(nameOfLoaded("boot-loadvm-1.rec", new Set(["boot-loadvm-1.rec"]))).toBe("boot-loadvm-2.rec");
  expect(nameOfLoaded("Boot of 6.1", new Set(["Boot of 6.1-loadvm-1"]))).toBe("Boot of 6.1-loadvm-2");
});
