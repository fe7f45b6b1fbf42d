import { describe, expect, it } from "vitest";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { TRANSLATED_CASES } from "./coverage.ts";
import { subjectsByRow } from "./row-check.ts";
import { AROUND, TranslatedCheck } from "./translated-check.ts";

const COUNT = Number(process.env["HINDSIGHT_X86_TRANSLATED"] ?? TRANSLATED_CASES);
const SEED = 1;

const interpreter = new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm));
const check = new TranslatedCheck(interpreter, SEED);

describe("a row does the same translated:", () => {
  for (const { row, subjects } of subjectsByRow())
    it(`${row.name} (${row.pattern.text})`, () => {
      const before = check.translatedSteps;
      const { cases, failures } = check.run(subjects, COUNT, SEED);
      expect(failures.slice(0, 3).join("\n")).toBe("");
      // What branches away does not come back.
      const least = /^(JMP|CALL|RET)/.test(row.name) ? AROUND - 0.5 : 5;
      expect(check.translatedSteps - before, "steps in regions").toBeGreaterThan(least * cases);
    });
});
