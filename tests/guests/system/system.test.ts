import { describe, expect, it } from "vitest";
import { interpreterLikeReference } from "../../../tools/lockstep/arm64/identity.ts";
import { exceptions } from "./exceptions.ts";
import { compareSteps } from "./lockstep.ts";
import { systemProgram } from "./program.ts";
import { timers } from "./timers.ts";
import { translation4k, translation64k } from "./translation.ts";

const interpreter = await interpreterLikeReference();

describe("bare-metal programs, step by step over QEMU's gdbstub", () => {
  it.each([
    ["exceptions", exceptions, false],
    ["translation with 4 KB pages", translation4k, false],
    ["translation with 64 KB pages", translation64k, false],
    ["timers and interrupts", timers, true],
  ])("%s", { timeout: 120_000 }, async (_, source, timed) => {
    const { steps, difference } = await compareSteps(await systemProgram(source), interpreter, { timed });
    expect(difference).toBeUndefined();
    expect(steps).toBeGreaterThan(400);
  });
});
