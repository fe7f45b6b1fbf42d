import { describe, expect, it } from "vitest";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { TRANSLATED_CASES } from "./coverage.ts";
import { Scanner } from "../../src/engine/translator/scan.ts";
import { CODE_32_FLAT, CODE_64 } from "../../src/isa/x86/modes.ts";
import { drawCases, subjectsByRow } from "./row-check.ts";
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

it("what regions leave to the interpreter is what loads and stores x87's state", () => {
  const scanner = new Scanner(x86);
  const isLeft = (code: Uint8Array, long: boolean): boolean => {
    const page = new Uint8Array(4096);
    page.set(code);
    return !scanner.at(page, long ? CODE_64 : CODE_32_FLAT, 0).summary.translatable;
  };
  const left = subjectsByRow().filter(({ subjects }) =>
    [...drawCases(subjects, 1, SEED)].flat().some(({ one }) => isLeft(one.code, one.long)),
  );
  expect(left.map(({ row }) => row.name)).toEqual(["FXRSTOR", "FLDENV", "FNSTENV", "FRSTOR", "FNSAVE"]);
});
