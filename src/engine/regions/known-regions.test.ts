import { expect, it } from "vitest";
import { KnownRegions } from "./known-regions.ts";
import type { TranslatedRegion } from "./translation.ts";

const region = (word: number): TranslatedRegion => ({
  entries: Uint16Array.of(word),
  function: `at${word}`,
  covered: Uint16Array.of(word),
  code: Uint32Array.of(7),
  mode: 0,
});
const module = {} as WebAssembly.Module;

it("are bounded by the modules that are held, which go with their last region", () => {
  const known = new KnownRegions({});
  const [, second] = known.add({ module, bytes: 100, regions: [region(1), region(2)] });
  known.add({ module, bytes: 50, regions: [region(3)] });
  second!.uses = 1;
  known.forgetUnused(120);
  expect(known.bytes).toBe(100);
  second!.uses = 0;
  known.forgetUnused(120);
  expect(known.bytes).toBe(100);
  known.forgetUnused(99);
  expect(known.bytes).toBe(0);
});

it("are found by what their page says, the latest first, and not across a breakpoint", () => {
  const known = new KnownRegions({});
  const [old] = known.add({ module, bytes: 100, regions: [region(1)] });
  const [latest] = known.add({ module, bytes: 100, regions: [region(1)] });
  const words = new Uint32Array(1024).fill(7);
  expect(known.find(1, words, new Set())).toBe(latest);
  expect(known.find(1, words, new Set([1]))).toBeUndefined();
  known.delete(latest!);
  expect(known.find(1, words, new Set([2]))).toBe(old);
  words[1] = 8;
  expect(known.find(1, words, new Set())).toBeUndefined();
});

it("go module by module, and stay where one of them is in use", () => {
  const known = new KnownRegions({});
  const inUse = Array.from({ length: 10 }, (_, n) => {
    const regions = Array.from({ length: 100 }, (_, at) => region(n * 100 + at));
    return known.add({ module, bytes: 100, regions })[7]!;
  });
  for (const one of inUse.slice(5)) one.uses = 1;
  known.forgetUnused(300);
  expect(known.bytes).toBe(500);
  const words = new Uint32Array(1024).fill(7);
  expect(known.find(499, words, new Set())).toBeUndefined();
  for (let word = 500; word < 1000; word++) expect(known.find(word, words, new Set())).toBeDefined();
  known.forgetUnused(1000, 3);
  expect(known.exceeds(1000, 3)).toBe(true);
  inUse[5]!.uses = inUse[6]!.uses = 0;
  known.forgetUnused(1000, 3);
  expect([known.exceeds(1000, 3), known.bytes]).toEqual([false, 300]);
});
