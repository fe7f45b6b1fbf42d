import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { breakpointProgram, LOG } from "./breakpoint-programs.ts";
import { runWhole } from "./lockstep.ts";

const PROGRAMS = Number(process.env["HINDSIGHT_X86_PROGRAMS"] ?? 3);
const seeds = Array.from({ length: PROGRAMS }, (_, n) => n + 1);
const LOG_BYTES = 0x1000;

/** Single-stepped, the reference does not look at RF: programs are compared when they have ended, by what handlers were told. */
describe("the processor's own breakpoints beside QEMU:", () => {
  for (const size of [32, 64] as const)
    it.each(seeds)(`of instructions, data and ports, ${size}-bit code, %i`, async (seed) => {
      const { difference, end } = await runWhole(breakpointProgram(new Random(seed), size), [[LOG, LOG_BYTES]]);
      expect(difference ?? end).toBe("loop");
    });
});
