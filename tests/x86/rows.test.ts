import { afterAll, describe, expect, it } from "vitest";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { NATIVE_CASES } from "./coverage.ts";
import { RowCheck, subjectsByRow } from "./row-check.ts";

const COUNT = Number(process.env["HINDSIGHT_X86_CASES"] ?? NATIVE_CASES);
const SEED = 1;

const interpreter = new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm));
const check = new RowCheck(interpreter, SEED);
afterAll(() => check.close());

describe("a row does what the host's processor does:", () => {
  for (const { row, subjects } of subjectsByRow())
    it(`${row.name} (${row.pattern.text})`, () => {
      const { cases, failures } = check.run(subjects, COUNT, SEED);
      expect(failures.slice(0, 3).join("\n"), `${failures.length} of ${cases} cases`).toBe("");
    });
});
