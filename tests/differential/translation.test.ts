import { describe, expect, it } from "vitest";
import { loadInterpreter } from "../support/interpreter.ts";
import { runOnOurs } from "./ours.ts";
import { runOnQemu } from "./qemu.ts";
import { translationProgram } from "./translation-program.ts";

describe("translation and aborts beside qemu-system-aarch64", () => {
  it.each([1, 2, 3])("random page tables, seed %i", { timeout: 120_000 }, async (seed) => {
    const { elf, part, compare } = await translationProgram(seed, 1000);
    const expected = await runOnQemu(elf, part);
    const actual = await runOnOurs(loadInterpreter())(elf, part);
    expect(compare(expected, actual).slice(0, 20)).toEqual([]);
  });
});
