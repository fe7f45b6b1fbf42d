import "fake-indexeddb/auto";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { sha256Hex, UserError } from "../base/index.ts";
import { DirectoryCache, DirectoryImages, DirectoryStore } from "./directory/index.ts";
import { Database, IndexedDbImages, IndexedDbStore, openDatabase } from "./indexeddb/index.ts";
import { MemoryImages, MemoryStore, pieces, readWhole, RecordingGone, type RecordingStore } from "./index.ts";

const directory = mkdtempSync(join(tmpdir(), "hindsight-store-"));
afterAll(() => rmSync(directory, { recursive: true }));

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const string = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

const stores: [string, () => Promise<RecordingStore>][] = [
  ["memory", async () => new MemoryStore()],
  ["a directory", async () => new DirectoryStore(directory)],
  ["IndexedDB", async () => new IndexedDbStore(await openDatabase("store"))],
];

describe.each(stores)("recordings in %s", (_, open) => {
  it("append, are listed, read, cut, renamed and deleted", async () => {
    const store = await open();
    const writer = await store.create("a");
    await writer.append(text("one "));
    await writer.append(text("two "));
    await writer.close();
    expect(await store.list()).toMatchObject([{ name: "a", bytes: 8 }]);
    expect(string(await readWhole(store, "a"))).toBe("one two ");

    const again = await store.append("a", 6);
    await again.append(text("hree"));
    await again.close();
    expect(string(await readWhole(store, "a"))).toBe("one twhree");

    await store.rename("a", "b");
    expect((await store.list()).map(({ name }) => name)).toEqual(["b"]);
    await store.delete("b");
    expect(await store.list()).toEqual([]);
  });

  it("are read in any part, also when they get another name and grow meanwhile", async () => {
    const store = await open();
    const writer = await store.create("parts");
    for (const part of ["ab", "cdefg", "h", "ij"]) await writer.append(text(part));
    const reader = await store.open("parts");
    const whole = "abcdefghij";
    for (let from = 0; from <= 11; from++)
      for (let length = 0; length <= 12; length++)
        expect(string(await reader.read(from, length))).toBe(whole.slice(from, from + length));
    expect(await reader.size()).toBe(10);
    await store.rename("parts", "others");
    const more = await store.append("others", 9);
    await more.append(text("JK"));
    expect(await reader.size()).toBe(11);
    expect(string(await reader.read(7, 100))).toBe("hiJK");
    await reader.close();
    await writer.close();
    await more.close();
    await store.delete("others");
  });

  it("are read in pieces", async () => {
    const store = await open();
    const writer = await store.create("long");
    const part = Uint8Array.from({ length: 3 * 2 ** 19 }, (_, at) => at * 7);
    for (let count = 0; count < 2; count++) await writer.append(part);
    const reader = await store.open("long");
    const read: Uint8Array[] = [];
    for await (const piece of pieces(reader, 5 * 2 ** 19)) read.push(piece);
    expect(read.map(({ length }) => length)).toEqual([2 ** 20, 2 ** 20, 2 ** 19]);
    expect(sha256Hex(Buffer.concat(read))).toBe(sha256Hex(Buffer.concat([part, part.subarray(0, 2 ** 20)])));
    await reader.close();
    await writer.close();
    await store.delete("long");
  });

  it("are read while they grow", async () => {
    const store = await open();
    const writer = await store.create("growing");
    let written = 0;
    const write = async (): Promise<void> => {
      for (; written < 200; written += 4) await writer.append(text("word"));
    };
    const writing = write();
    while (written < 200) {
      const before = written;
      const file = string(await readWhole(store, "growing"));
      expect(file).toBe("word".repeat(file.length / 4));
      expect(file.length).toBeGreaterThanOrEqual(before);
    }
    await writing;
    await writer.close();
    await store.delete("growing");
  });

  it("refuse a taken name and miss an unknown one in one line", async () => {
    const store = await open();
    await (await store.create("taken")).close();
    await (await store.create("other")).close();
    await expect(store.create("taken")).rejects.toThrow(UserError);
    await expect(store.rename("other", "taken")).rejects.toThrow(UserError);
    await expect(store.open("unknown")).rejects.toThrow(UserError);
    await expect(store.append("unknown", 0)).rejects.toThrow(UserError);
    await store.delete("taken");
    await store.delete("other");
  });

  it("tell their writer when they were deleted, also when another one has their name", async () => {
    const store = await open();
    const writer = await store.create("gone");
    await writer.append(text("one "));
    await store.delete("gone");
    await expect(writer.append(text("two"))).rejects.toThrow(RecordingGone);
    const other = await store.create("gone");
    await other.append(text("other"));
    await other.close();
    await expect(writer.append(text("two"))).rejects.toThrow(RecordingGone);
    await writer.close();
    expect(string(await readWhole(store, "gone"))).toBe("other");
    await store.delete("gone");
  });

  it("have a cache that goes with them", async () => {
    const store = await open();
    await (await store.create("c")).close();
    const cache = store.cache("c");
    expect(await cache.keys()).toEqual([]);
    await cache.put("pages-1", text("x".repeat(10_000)));
    await cache.put("state-1", text("y"));
    await store.rename("c", "d");
    expect([...(await store.cache("d").keys())].sort()).toEqual(["pages-1", "state-1"]);
    expect(string(await store.cache("d").get("pages-1"))).toBe("x".repeat(10_000));
    expect(await store.cache("d").get("nothing")).toBeUndefined();
    await store.cache("d").delete("nothing");
    await store.cache("d").delete("state-1");
    expect(await store.cache("d").keys()).toEqual(["pages-1"]);
    await store.cache("d").clear();
    expect(await store.cache("d").keys()).toEqual([]);
    await store.delete("d");
  });
});

it("a directory does not wait for a pipe", async () => {
  execFileSync("mkfifo", [join(directory, "pipe")]);
  await expect(new DirectoryStore(directory).open("pipe")).rejects.toThrow(/pipe is not a file$/);
  await expect(new DirectoryStore(directory).open("none")).rejects.toThrow(UserError);
  rmSync(join(directory, "pipe"));
});

it("a directory says in one line what it cannot cache", async () => {
  const store = new DirectoryStore(directory);
  await (await store.create("blocked")).close();
  await (await store.create("blocked.cache")).close();
  await expect(store.cache("blocked").put("state-1", text("y"))).rejects.toThrow(UserError);
  await store.delete("blocked");
  await store.delete("blocked.cache");
});

it("a directory leaves a folder alone that has its cache's name and holds something else", async () => {
  const store = new DirectoryStore(directory);
  const folder = join(directory, "mine.cache");
  mkdirSync(folder);
  writeFileSync(join(folder, "index"), "mine");
  writeFileSync(join(folder, "thesis.txt"), "precious");
  await (await store.create("mine")).close();
  await expect(store.cache("mine").put("index", text("y"))).rejects.toThrow(`${folder} is in the way`);
  await store.rename("mine", "other");
  await store.cache("mine").clear();
  await store.delete("mine");
  expect(readdirSync(folder)).toEqual(["index", "thesis.txt"]);
  expect(readFileSync(join(folder, "index"), "utf8")).toBe("mine");
  rmSync(folder, { recursive: true });
  // A file in its place, such as another recording, is no cache either.
  await (await store.create("other.cache")).close();
  expect(await store.cache("other").get("index")).toBeUndefined();
  expect(await store.cache("other").keys()).toEqual([]);
  await store.cache("other").clear();
  await store.delete("other");
  expect(readdirSync(directory)).toContain("other.cache");
  await store.delete("other.cache");
});

it("a directory keeps a recording in exactly one file", async () => {
  const store = new DirectoryStore(directory);
  const writer = await store.create("single");
  await writer.append(text("log"));
  expect(readdirSync(directory)).toEqual(["single"]);
  await writer.close();
  await store.delete("single");
});

it("IndexedDB says when storage is full", async () => {
  const database = await (await openDatabase("full")).connect();
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error(), { name: "QuotaExceededError" }));
  const full = new Proxy(database, {
    get(target, key) {
      const value: unknown = key === "put" || key === "add" ? refuse : Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const store = new Database(() => Promise.resolve(full));
  await expect(new IndexedDbStore(store).create("x")).rejects.toThrow(/storage is full/);
  await expect(new IndexedDbImages(store).put(text("kernel"))).rejects.toThrow(/storage is full/);
});

it("IndexedDB throws caches away before it refuses what is being recorded", async () => {
  const database = await (await openDatabase("fuller")).connect();
  let full = false;
  const refused = {
    get done() {
      return Promise.reject(Object.assign(new Error(), { name: "QuotaExceededError" }));
    },
    objectStore: () => ({ get: () => refused.done }),
  };
  const tight = new Proxy(database, {
    get(target, key) {
      if (key === "transaction" && full) return () => refused;
      if (key === "clear") full = false;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const store = new IndexedDbStore(new Database(() => Promise.resolve(tight)));
  const writer = await store.create("x");
  await writer.append(text("one "));
  await store.cache("x").put("state-1", text("big"));
  full = true;
  await writer.append(text("two"));
  expect(await store.cache("x").keys()).toEqual([]);
  expect(string(await readWhole(store, "x"))).toBe("one two");
});

it("IndexedDB opens again when its data was deleted, and says that what was being written is gone", async () => {
  const database = await openDatabase("cleared");
  let closed = 0;
  database.onClosed = () => closed++;
  const store = new IndexedDbStore(database);
  const writer = await store.create("x");
  await writer.append(text("one "));
  // As another tab does, which would wait for ever for a connection that stays open.
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase("cleared");
    request.onsuccess = () => resolve();
    request.onerror = request.onblocked = () => reject(new Error("it stays open"));
  });
  expect(closed).toBe(1);
  await expect(writer.append(text("two"))).rejects.toThrow(RecordingGone);
  expect(await store.list()).toEqual([]);
  // It has the old one's id.
  await (await store.create("y")).append(text("other"));
  await expect(writer.append(text("two"))).rejects.toThrow(RecordingGone);
  expect(string(await readWhole(store, "y"))).toBe("other");
});

it("IndexedDB begins again what met a closed connection, before that is told", async () => {
  const database = await openDatabase("closing");
  let closed = 0;
  database.onClosed = () => closed++;
  const store = new IndexedDbStore(database);
  const writer = await store.create("x");
  (await database.connect()).close();
  await writer.append(text("one "));
  expect(string(await readWhole(store, "x"))).toBe("one ");
  expect(closed).toBe(1);
});

it.each([
  ["SecurityError", "the browser's settings forbid this site to keep data"],
  ["InvalidStateError", "this browser window keeps no data (private browsing?)"],
  ["QuotaExceededError", "the browser gives this site no room"],
  ["UnknownError", "the browser's storage does not open: the disk may be full (UnknownError: Internal error.)"],
])("says in one line why IndexedDB does not open: %s", async (name, line) => {
  const opens = vi.spyOn(indexedDB, "open").mockImplementation(() => {
    throw new DOMException("Internal error.", name);
  });
  await expect(openDatabase("refused")).rejects.toThrow(new UserError(line));
  opens.mockRestore();
});

it("says that there is no IndexedDB", async () => {
  vi.stubGlobal("indexedDB", undefined);
  await expect(openDatabase("none")).rejects.toThrow(new UserError("this browser has no IndexedDB"));
  vi.unstubAllGlobals();
});

it.each([
  ["a directory", async () => new DirectoryImages(join(directory, "images"))],
  ["IndexedDB", async () => new IndexedDbImages(await openDatabase("images"))],
  ["memory", async () => new MemoryImages()],
] as const)("images in %s are kept once, by content", async (_, open) => {
  const images = await open();
  const sha256 = await images.put(text("kernel"));
  expect(sha256).toBe(sha256Hex(text("kernel")));
  expect(await images.put(text("kernel"))).toBe(sha256);
  expect(await images.has(sha256)).toBe(true);
  expect(string(await images.get(sha256))).toBe("kernel");
  await images.delete(sha256);
  expect(await images.get(sha256)).toBeUndefined();
});

it("a directory's cache passes over files that are none of its own", async () => {
  const folder = mkdtempSync(join(directory, "cache-"));
  const cache = new DirectoryCache(folder);
  await cache.put("pages 1", text("x"));
  for (const name of ["100%", "a b", "pages.part"]) writeFileSync(join(folder, name), "");
  expect(await cache.keys()).toEqual(["pages 1"]);
  rmSync(folder, { recursive: true });
});

it("a directory's cache removes what a killed process left half written", async () => {
  const folder = mkdtempSync(join(directory, "cache-"));
  for (const name of ["old.part", "new.part"]) writeFileSync(join(folder, name), "");
  utimesSync(join(folder, "old.part"), 1e9, 1e9);
  await new DirectoryCache(folder).put("pages", text("x"));
  expect(readdirSync(folder).sort()).toEqual(["new.part", "pages"]);
  rmSync(folder, { recursive: true });
});
