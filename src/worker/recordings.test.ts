import "fake-indexeddb/auto";
import { afterAll, expect, it, vi } from "vitest";
import { UserError } from "../base/index.ts";
import type { Notice } from "../api/index.ts";
import { recordTo, text } from "../timetravel/testing/sessions.ts";
import { MemoryStore, readWhole } from "../storage/index.ts";
import { Library } from "./library.ts";
import { holdLock } from "./locks.ts";
import { Recordings } from "./recordings.ts";
import { Transfers } from "./transfers.ts";

/** The names of all tabs: https://w3c.github.io/web-locks, as far as it is used. */
const held = new Map<string, true>();
vi.stubGlobal("navigator", {
  locks: {
    query: async () => ({ held: [...held.keys()].map((name) => ({ name })) }),
    request: async (name: string, _options: object, use: (lock: object | null) => unknown) => {
      if (held.has(name)) return use(null);
      held.set(name, true);
      await use({});
      held.delete(name);
    },
  },
});
afterAll(() => vi.unstubAllGlobals());

/** A recording of so many instructions, ended or not. */
async function file(length: number, name?: string): Promise<Uint8Array<ArrayBuffer>> {
  const store = new MemoryStore();
  const session = await recordTo(store, length);
  if (name !== undefined) await session.saveSnapshot(name);
  return readWhole(store, "x");
}

const unseen = (): Transfers => new Transfers(() => {});

it("lists no recordings in which nothing happened, unless a tab has begun them just now", async () => {
  const notices: Notice[] = [];
  const recordings = new Recordings(
    () => undefined,
    { notice: (notice) => void notices.push(notice), over: () => {} },
    unseen(),
  );
  const { store } = await recordings.library();
  const put = async (name: string, bytes: Uint8Array): Promise<void> => {
    const writer = await store.create(name);
    await writer.append(bytes);
    await writer.close();
  };
  await put("empty", await file(0));
  await put("begun", await file(0));
  await put("short", await file(1));
  await put("named", await file(0, "here"));
  await put("foreign", text("GIF89a and so on"));
  const lock = await holdLock("begun");
  const names = async (): Promise<string[]> => (await recordings.list()).map(({ name }) => name).sort();
  expect(await names()).toEqual(["begun", "foreign", "named", "short"]);
  lock!.dispose();
  await vi.waitFor(async () => expect(await names()).toEqual(["foreign", "named", "short"]));
  expect((await store.list()).map(({ name }) => name).sort()).toEqual(["foreign", "named", "short"]);
  expect([notices, held.size]).toEqual([[], 0]);
});

it("keeps recordings in memory, and says why, where the browser keeps nothing", async () => {
  const opens = vi.spyOn(Library, "open").mockRejectedValue(new UserError("no room"));
  const notices: Notice[] = [];
  const recordings = new Recordings(
    () => undefined,
    { notice: (notice) => void notices.push(notice), over: () => {} },
    unseen(),
  );
  const bytes = await file(100);
  expect(await recordings.import(new File([bytes], "x.hindsight"), [])).toBe("x");
  expect(await recordings.list()).toMatchObject([{ name: "x", length: 100 }]);
  const { blob } = (await recordings.export("x"))!;
  expect(new Uint8Array(await (blob as File).arrayBuffer())).toEqual(bytes);
  expect(notices.map(({ text }) => text)).toEqual([expect.stringMatching(/^Nothing can be kept here: no room\. /)]);
  opens.mockRestore();
});

it("keeps recordings in memory where tabs cannot keep off each other's", async () => {
  const { navigator } = globalThis;
  vi.stubGlobal("navigator", {});
  try {
    const notices: Notice[] = [];
    const recordings = new Recordings(
      () => undefined,
      {
        notice: (notice) => void notices.push(notice),
        over: () => {},
      },
      unseen(),
    );
    const lock = await holdLock("x");
    expect([await holdLock("x"), await recordings.list()]).toEqual([undefined, []]);
    expect(await recordings.import(new File([await file(100)], "x.hindsight"), [])).toBe("x (2)");
    lock!.dispose();
    await recordings.delete("x (2)");
    expect(notices.map(({ text }) => text)).toEqual([
      expect.stringMatching(/not loaded by https, nor from this computer/),
    ]);
  } finally {
    vi.stubGlobal("navigator", navigator);
  }
});

it("does not take storage that cannot be read for one that was emptied, and takes that back when it can", async () => {
  const library = Library.inMemory();
  let closed = (): void => {};
  const open = vi.spyOn(Library, "open").mockImplementation(async (onClosed) => {
    closed = onClosed!;
    return library;
  });
  const said: Notice[] = [];
  const over: string[] = [];
  const events = { notice: (notice: Notice) => void said.push(notice), over: (cause: string) => void over.push(cause) };
  const recordings = new Recordings(() => undefined, events, unseen());
  await recordings.list();
  over.length = 0;
  const list = vi.spyOn(library.store, "list").mockRejectedValue(new UserError("the disk may be full"));
  closed();
  await vi.waitFor(() => expect(said).toHaveLength(1));
  expect(said[0]!.text).toBe("The recordings that are kept here cannot be read: the disk may be full");
  list.mockRestore();
  await recordings.list();
  expect(over).toEqual([said[0]!.cause]);
  open.mockRestore();
});
