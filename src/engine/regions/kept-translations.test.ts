import { beforeAll, describe, expect, it } from "vitest";
import { KeptTranslations, sourcesOf, unpackTranslations, type Blobs } from "./kept-translations.ts";
import { buildInterpreter } from "../interpreter/interpreter.ts";
import { asm, toy } from "../testing/toy-guest.ts";
import type { Translation } from "./translation.ts";
import { Translator } from "../translator/index.ts";

const program = [asm.li(1, 1), asm.add(2, 2, 1), asm.bnz(2, -1)];
let translation: Translation;
beforeAll(() => {
  const words = new Uint32Array(1024);
  words.set(program.map((word) => word >>> 0));
  translation = new Translator(toy).translate([{ units: words, entry: 0 }]);
});

/** The same, but for what it was made from. */
function another(n: number): Translation {
  const regions = translation.regions.map((region) => ({ ...region, code: region.code.map((word) => word ^ n) }));
  return { ...translation, regions };
}

class MemoryBlobs implements Blobs {
  readonly blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  keys = (): Promise<string[]> => Promise.resolve([...this.blobs.keys()]);
  get = (key: string): Promise<Uint8Array<ArrayBuffer> | undefined> => Promise.resolve(this.blobs.get(key));
  put = (key: string, bytes: Uint8Array): Promise<void> => Promise.resolve(void this.blobs.set(key, bytes.slice()));
  delete = (key: string): Promise<void> => Promise.resolve(void this.blobs.delete(key));
}

describe("kept translations", () => {
  it("come back in the order in which they were kept", async () => {
    const kept = new KeptTranslations(new MemoryBlobs(), "these");
    await kept.keep(translation, "2");
    await kept.keep({ ...another(1), regions: [...another(1).regions, ...another(2).regions] }, "1");
    const modules = await kept.load();
    expect(modules.map(({ regions }) => regions.length)).toEqual([2, 1]);
    expect(modules[1]).toMatchObject({ regions: translation.regions, bytes: translation.wasm.length });
    expect(modules[1]!.module).toBeInstanceOf(WebAssembly.Module);
  });

  it("go when another one takes their place, once that is kept", async () => {
    const blobs = new MemoryBlobs();
    const kept = new KeptTranslations(blobs, "these");
    for (const stamp of ["1", "2", "3"]) await kept.keep(another(Number(stamp)), stamp);
    const { put } = blobs;
    blobs.put = () => Promise.reject(new Error("no room"));
    await kept.keep(another(4), "4", ["1", "3"]);
    expect((await kept.load()).map((module) => module.kept)).toEqual(["1", "2", "3"]);
    blobs.put = put;
    await kept.keep(another(4), "4", ["1", "3"]);
    expect((await kept.load()).map((module) => module.kept)).toEqual(["2", "4"]);
  });

  it("stay, however many others they took the place of", async () => {
    const blobs = new MemoryBlobs();
    const kept = new KeptTranslations(blobs, "these");
    for (let n = 0; n < 300; n++) {
      const stamp = String(n).padStart(6, "0");
      for (const part of ["a", "b"]) await kept.keep(another(1), stamp + part);
      await kept.keep(another(2 + n), `${stamp}c`, [`${stamp}a`, `${stamp}b`]);
    }
    expect(blobs.blobs.size).toBe(300);
  });

  it("of which newer ones have all are not loaded, and go", async () => {
    const blobs = new MemoryBlobs();
    const kept = new KeptTranslations(blobs, "these");
    for (const [stamp, n] of [["1", 5], ["2", 6], ["3", 5]] as const) await kept.keep(another(n), stamp); // prettier-ignore
    const modules = await kept.load();
    expect(modules.map((module) => module.kept)).toEqual(["2", "3"]);
    expect([...blobs.blobs.keys()].sort()).toEqual(["these 2", "these 3"]);
    const file = await kept.pack();
    expect(await unpackTranslations(file, "these", modules)).toEqual([]);
    expect(await unpackTranslations(file, "these", modules.slice(1))).toHaveLength(1);
  });

  it("of other sources are not used, and the newest of them stay", async () => {
    const blobs = new MemoryBlobs();
    for (const [sources, stamp] of [
      ["others", 1000],
      ["older", 2000],
      ["others", 3000],
    ] as const)
      for (let n = 0; n < 400; n++) await new KeptTranslations(blobs, sources).keep(another(n), String(stamp + n));
    expect(await new KeptTranslations(blobs, "these").load()).toEqual([]);
    expect(blobs.blobs.size).toBe(512);
    expect(await new KeptTranslations(blobs, "others").load()).toHaveLength(400);
  });

  it("are none where the interpreter does not say its sources", async () => {
    const blobs = new MemoryBlobs();
    const kept = new KeptTranslations(blobs, "");
    await kept.keep(translation, "1");
    expect(blobs.blobs.size).toBe(0);
    expect(await kept.load()).toEqual([]);
    const build = (sources?: string): string =>
      sourcesOf(
        new WebAssembly.Module(
          Uint8Array.from(buildInterpreter(toy, { optimize: false, ...(sources && { sources }) }).wasm),
        ),
      );
    expect([build(), build("0123")]).toEqual(["", "0123"]);
  });

  it("are thrown away when any byte of them is another one", async () => {
    const blobs = new MemoryBlobs();
    const kept = new KeptTranslations(blobs, "these");
    await kept.keep(translation, "1");
    const [[key, whole]] = [...blobs.blobs] as [[string, Uint8Array<ArrayBuffer>]];
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= 1 << (at % 8);
      blobs.blobs.set(key, damaged);
      expect(await kept.load()).toEqual([]);
      expect(blobs.blobs.size).toBe(0);
    }
    blobs.blobs.set(key, whole.slice(0, -1));
    expect(await kept.load()).toEqual([]);
  });

  it("are at most so many: the oldest go", async () => {
    const blobs = new MemoryBlobs();
    const kept = new KeptTranslations(blobs, "these");
    for (let n = 0; n < 520; n++) await kept.keep(another(n), String(n).padStart(6, "0"));
    expect(blobs.blobs.size).toBe(512);
    for (let n = 0; n < 8; n++) await new KeptTranslations(blobs, "these").keep(another(1000 + n), `0000000${n}`);
    for (let n = 0; n < 9; n++) await new KeptTranslations(blobs, "those").keep(translation, String(n));
    expect(await kept.load()).toHaveLength(512);
    expect([...blobs.blobs.keys()].sort()[0]).toBe("these 000008");
  });

  it("can be packed into a file, of which a damaged part is left out", async () => {
    const kept = new KeptTranslations(new MemoryBlobs(), "these");
    for (const n of [1, 2]) await kept.keep(another(n), String(n));
    const file = await kept.pack();
    expect((await unpackTranslations(file, "these")).map(({ regions }) => regions)).toEqual([
      another(1).regions,
      another(2).regions,
    ]);
    expect(await unpackTranslations(file, "others")).toEqual([]);
    const damaged = file.slice();
    damaged[file.length - 9]! ^= 1;
    expect(await unpackTranslations(damaged, "these")).toHaveLength(1);
    expect(await unpackTranslations(file.subarray(0, file.length - 1), "these")).toHaveLength(1);
    for (const length of [0, 3, 12]) expect(await unpackTranslations(file.subarray(0, length), "these")).toEqual([]);
  });

  it("cost nothing but time where nothing can be stored or read", async () => {
    const fails = (): Promise<never> => Promise.reject(new Error("no"));
    const kept = new KeptTranslations({ keys: fails, get: fails, put: fails, delete: fails }, "these");
    await kept.keep(translation, "1");
    expect(await kept.load()).toEqual([]);
  });
});
