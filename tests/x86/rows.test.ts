import { afterAll, describe, expect, it } from "vitest";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { difference } from "./compare.ts";
import { FpuImages } from "./fpu-image.ts";
import { NATIVE_CASES } from "./coverage.ts";
import { arenaOf, makeCase, type Subject, subjects } from "./generate.ts";
import { Native } from "./native.ts";
import { OurCases } from "./ours.ts";
import { Random } from "./random.ts";

const COUNT = Number(process.env["HINDSIGHT_X86_CASES"] ?? NATIVE_CASES);
const SEED = 1;

const interpreter = new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm));
const arena = arenaOf(SEED);
const ours = new OurCases(interpreter, arena);
const native = new Native();
afterAll(() => native.close());
const all = subjects();
const rows = [...new Set(all.map(({ row }) => row))];

describe("a row does what the host's processor does:", () => {
  for (const row of rows)
    it(`${row.name} (${row.pattern.text})`, () => {
      const random = new Random(SEED);
      const images = new FpuImages(random);
      const own = all.filter((subject) => subject.row === row);
      const drawn = own.flatMap((subject: Subject) =>
        Array.from({ length: COUNT }, () => ({ subject, one: makeCase(subject, random, images) })),
      );
      const theirs = native.run(
        arena,
        drawn.map(({ one }) => one),
      );
      const found = drawn.flatMap(({ subject, one }, n) => difference(subject, one, ours.run(one), theirs[n]!) ?? []);
      expect(found.slice(0, 3).join("\n"), `${found.length} of ${drawn.length} cases`).toBe("");
    });
});
