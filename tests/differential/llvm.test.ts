import { describe, expect, it } from "vitest";
import { LLVM_WORDS } from "./counts.ts";
import { llvmMissing } from "../llvm.ts";
import { differencesFromLlvm, systematicWords, unlistedMnemonics, wordsOfRows } from "./llvm-check.ts";
import { Random } from "./random.ts";

// Millions of words: npm run soak.
describe.skipIf(llvmMissing)("words are allocated and read as LLVM does for a Cortex-A53", { timeout: 60_000 }, () => {
  it("random words of every row, and their neighbours by one bit", async () => {
    const words = wordsOfRows(new Random(1), LLVM_WORDS.test.row);
    expect(words.length).toBeGreaterThan(50_000);
    expect((await differencesFromLlvm(words)).slice(0, 20)).toEqual([]);
  });

  // Regression: found by the soak.
  it("a bit mask in SP that MOVZ would make in another register", async () => {
    expect(await differencesFromLlvm([0x320f2fff, 0xb245d3ff, 0x320f2fe0])).toEqual([]);
  });

  it("every combination of the bits that tell groups apart", async () => {
    const words = systematicWords(new Random(2), LLVM_WORDS.test.systematic);
    expect(words.length).toBe(2 ** 17);
    expect((await differencesFromLlvm(words)).slice(0, 20)).toEqual([]);
  });

  it("and what only later cores know is in the list of the absent", async () => {
    const random = new Random(3);
    const words = systematicWords(random, 1);
    // Hints, barriers and branches by register leave most of a word no choice.
    for (let n = 0; n < 50_000; n++) words.push(((random.u32() & 0x03ff_ffff) | 0xd400_0000) >>> 0);
    for (let n = 0; n < 50_000; n++) words.push(((random.u32() & 0x01ff_ffe0) | 0xd600_001f) >>> 0);
    expect(await unlistedMnemonics(words)).toEqual([]);
  });
});
