import { expect, it } from "vitest";
import { loadInterpreter } from "../support/interpreter.ts";
import { CASES_PER_HANDLER, STATES_PER_TRANSLATION } from "./counts.ts";
import { straightHandlers, TranslatedRowCheck } from "./translated-row-check.ts";

it("every row and split does the same translated and interpreted", { timeout: 300_000 }, () => {
  const check = new TranslatedRowCheck(loadInterpreter());
  expect(check.run(straightHandlers, CASES_PER_HANDLER, STATES_PER_TRANSLATION.test, 1)).toBeUndefined();
  expect(check.done).toBe(straightHandlers.length * CASES_PER_HANDLER);
  expect(check.translatedSteps).toBeGreaterThan(check.done / 3);
});
