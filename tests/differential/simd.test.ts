import { expect, it } from "vitest";
import { CASES_PER_HANDLER } from "./counts.ts";
import { checkRows, rowHandlers } from "./row-check.ts";
import { oracleMissing } from "./simd-oracle.ts";

// More of one row: SIMD_ONLY=REGEXP SIMD_CASES=N SIMD_SEED=N npx vitest run tests/differential/simd.test.ts
const each = Number(process.env["SIMD_CASES"] ?? CASES_PER_HANDLER);
const seed = Number(process.env["SIMD_SEED"] ?? 1);
const only = new RegExp(process.env["SIMD_ONLY"] ?? ".");
const handlers = rowHandlers.filter(({ insn }) => only.test(insn.name));

it.skipIf(oracleMissing)(
  "FP and SIMD rows do what qemu-aarch64 does, in every mode",
  { timeout: 300_000 },
  async () => {
    const { cases, failures } = await checkRows(handlers, each, 1, seed);
    expect(cases).toBe(each * handlers.length);
    expect(failures.slice(0, 10)).toEqual([]);
  },
);
