import { describe, expect, it } from "vitest";
import { loadInterpreter } from "../support/interpreter.ts";
import { controlProgram, controlPrograms } from "./control-program.ts";
import { runOnOurs } from "./ours.ts";
import { runOnQemu } from "./qemu.ts";

const words = (bytes: Uint8Array): string[] =>
  Array.from(new BigUint64Array(bytes.slice().buffer), (word) => word.toString(16).padStart(16, "0"));

describe("byte order, tags and single step beside qemu-system-aarch64", () => {
  const ours = runOnOurs(loadInterpreter());
  const stepped = runOnOurs(loadInterpreter(), 1);
  it.each(controlPrograms)("%s", { timeout: 60_000 }, async (name) => {
    const { elf, part } = await controlProgram(name);
    const expected = words(await runOnQemu(elf, part));
    expect(expected.filter((word) => !/^0+$/.test(word)).length).toBeGreaterThan(5);
    expect(words(await ours(elf, part))).toEqual(expected);
    expect(words(await stepped(elf, part)), "in runs of one step").toEqual(expected);
  });
});
