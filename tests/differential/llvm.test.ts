import { describe, expect, it } from "vitest";
import { LLVM_WORDS } from "./counts.ts";
import { llvmMissing } from "../llvm.ts";
import { differencesFromLlvm, systematicWords, wordsOfRows } from "./llvm-check.ts";
import { Random } from "./random.ts";

// Millions of words: npm run soak.
describe.skipIf(llvmMissing)("words are allocated and read as LLVM does for a Cortex-A53", { timeout: 60_000 }, () => {
  it("random words of every row, and their neighbours by one bit", async () => {
    const words = wordsOfRows(new Random(1), LLVM_WORDS.test.row);
    expect(words.length).toBeGreaterThan(50_000);
    expect((await differencesFromLlvm(words)).slice(0, 20)).toEqual([]);
  });

  it("every combination of the bits that tell groups apart", async () => {
    const words = systematicWords(new Random(2), LLVM_WORDS.test.systematic);
    expect(words.length).toBe(2 ** 17);
    expect((await differencesFromLlvm(words)).slice(0, 20)).toEqual([]);
  });
});
