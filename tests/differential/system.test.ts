import { describe, expect, it } from "vitest";
import { loadInterpreter } from "../support/interpreter.ts";
import { runOnOurs } from "./ours.ts";
import { runOnQemu } from "./qemu.ts";
import { operationProgram, registerProgram } from "./system-program.ts";

/** Differences that are meant. */
const MEANT = [
  /^3,0,0,[123],/, // features of AArch32, which this core does not have
  /^3,0,0,4,0$/, // and ID_AA64PFR0_EL1 says so
  /^3,3,14,0,[12]$/, // the counters
  /^3,3,14,[23],/, // the timers belong to the board
];

describe("the system instructions beside qemu-system-aarch64", () => {
  it("every MRS and MSR encoding, at EL1 and EL0", { timeout: 120_000 }, async () => {
    const { elf, part, compare } = await registerProgram();
    const found = compare(await runOnQemu(elf, part), await runOnOurs(loadInterpreter())(elf, part));
    const wrong = found.filter(({ encoding }) => !MEANT.some((pattern) => pattern.test(encoding)));
    expect(wrong.map(({ text }) => text)).toEqual([]);
    expect(found.length).toBeGreaterThan(0);
  });

  it("every SYS and SYSL encoding, at EL1 and EL0", { timeout: 120_000 }, async () => {
    const { elf, part, compare } = await operationProgram();
    const found = compare(await runOnQemu(elf, part), await runOnOurs(loadInterpreter())(elf, part));
    expect(found.map(({ text }) => text)).toEqual([]);
  });
});
