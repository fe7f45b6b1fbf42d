import { expect, it } from "vitest";
import { loadInterpreter } from "../support/interpreter.ts";
import { CASES_PER_HANDLER } from "./counts.ts";
import { runOnOurs } from "./ours.ts";
import { checkPrograms, programHandlers } from "./program-check.ts";

it("every row and split that is not for FP and SIMD does what it does on QEMU", { timeout: 600_000 }, async () => {
  const ours = runOnOurs(loadInterpreter());
  const { cases, failures } = await checkPrograms(ours, programHandlers, CASES_PER_HANDLER, 1, 1);
  expect(cases).toBe(CASES_PER_HANDLER * programHandlers.length);
  expect(failures.slice(0, 5).join("\n\n")).toBe("");
});
