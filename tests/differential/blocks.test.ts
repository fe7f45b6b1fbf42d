import { expect, it } from "vitest";
import { loadInterpreter } from "../support/interpreter.ts";
import { BlockCheck } from "./block-check.ts";
import { BLOCK_PROGRAMS } from "./counts.ts";

it("programs of blocks have the same states whenever translated code arrives", { timeout: 120_000 }, () => {
  const check = new BlockCheck(loadInterpreter());
  for (let seed = 0; seed < BLOCK_PROGRAMS.test; seed++) expect(check.run(seed)).toBeUndefined();
  expect(check.done).toBe(8 * BLOCK_PROGRAMS.test);
  expect(check.installed).toBeGreaterThan(5 * BLOCK_PROGRAMS.test);
  expect(check.merged).toBeGreaterThan(BLOCK_PROGRAMS.test);
  expect(check.translatedSteps).toBeGreaterThan(500 * BLOCK_PROGRAMS.test);
});
