import { expect, it } from "vitest";
import { KnownRegions } from "./known-regions.ts";
import type { TranslatedRegion } from "./translation.ts";

const region = (word: number): TranslatedRegion => ({
  entries: Uint16Array.of(word),
  function: `at${word}`,
  covered: Uint16Array.of(word),
  code: Uint32Array.of(7),
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
