import { expect, it } from "vitest";
import { loadInterpreter } from "../support/interpreter.ts";
import { TRANSLATED_ROW_CASES } from "./counts.ts";
import { straightRows, TranslatedRowCheck } from "./translated-row-check.ts";

it("every row does the same translated and interpreted", { timeout: 300_000 }, () => {
  const check = new TranslatedRowCheck(loadInterpreter());
  const failures = straightRows.map((row) => check.run(row, TRANSLATED_ROW_CASES, 1, 1)).filter(Boolean);
  expect(failures).toEqual([]);
  expect(check.done).toBe(straightRows.length * TRANSLATED_ROW_CASES);
  expect(check.translatedSteps).toBeGreaterThan(check.done / 2);
});
