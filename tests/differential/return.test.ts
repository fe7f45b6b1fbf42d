import { expect, it } from "vitest";
import { loadInterpreter } from "../support/interpreter.ts";
import { runOnOurs } from "./ours.ts";
import { runOnQemu } from "./qemu.ts";
import { returnProgram } from "./return-program.ts";

it("exceptions are returned from, legally or not, as on QEMU", { timeout: 120_000 }, async () => {
  const { elf, part, compare } = await returnProgram(1);
  const expected = await runOnQemu(elf, part);
  const actual = await runOnOurs(loadInterpreter())(elf, part);
  expect(compare(expected, actual).slice(0, 30)).toEqual([]);
});
