import { afterAll, describe, expect, it } from "vitest";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { PROGRAMS } from "./coverage.ts";
import { makeProgram } from "./programs/generate.ts";
import { type ProgramKind, ProgramRunner } from "./programs/run.ts";
import { describeProgram, shrink } from "./programs/shrink.ts";

const runner = new ProgramRunner(
  new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm)),
);
afterAll(() => runner.close());

describe("random programs do the same interpreted, translated, stopped at any time", () => {
  const run = (kind: ProgramKind): void => {
    const { ran, faults, failures } = runner.run(1, PROGRAMS.test, kind);
    expect(failures[0]).toBeUndefined();
    expect(ran).toBeGreaterThan(0.9 * PROGRAMS.test);
    expect(faults).toBeGreaterThan(0);
  };
  it("and on the host's processor, in 64-bit code", { timeout: 240_000 }, () => run({ long: true, interrupts: false }));
  it("and on the host's processor or qemu-i386, in 32-bit code", { timeout: 240_000 }, () =>
    run({ long: false, interrupts: false }),
  );
  it("with interrupts, in 64-bit code", { timeout: 240_000 }, () => run({ long: true, interrupts: true }));
  it("with interrupts, in 32-bit code", { timeout: 240_000 }, () => run({ long: false, interrupts: true }));
  it("for the most part in regions", () => {
    const { translatedSteps, merged } = runner.check.counters;
    expect(translatedSteps).toBeGreaterThan(4 * 200 * PROGRAMS.test);
    expect(merged).toBeGreaterThan(PROGRAMS.test);
  });
});

it("a program that fails is cut down to what it fails by", () => {
  const program = makeProgram(1, true);
  const about = / ret 0x10$/m;
  expect(describeProgram(program)).toMatch(about);
  const least = describeProgram(shrink(program, (one) => about.test(describeProgram(one))));
  expect(least).toMatch(about);
  // What counts fuel, twice at most; what is asked for; the way back and the end.
  expect(least.split("\n").length).toBeLessThan(16);
});
