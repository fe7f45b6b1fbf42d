import type { Handler } from "../../src/isa/index.ts";
import type { Case, ProgramOptions, Row } from "./case.ts";
import { buildProgram } from "./case.ts";
import { CaseMaker } from "./cases.ts";
import { describe, differences, Result } from "./compare.ts";
import { maxCases, memory, resultRecord } from "./layout.ts";
import { runOnQemu } from "./qemu.ts";
import { Random } from "./random.ts";
import { runnerSource } from "./runner.ts";
import { assemble, disassemble } from "./toolchain.ts";

/** Runs a program until it turns the power off and gives a part of its RAM. */
export type Runner = (elf: Uint8Array, part: { address: number; length: number }) => Promise<Uint8Array> | Uint8Array;

export interface RunOptions extends ProgramOptions {
  readonly rows: readonly Row[];
  readonly seed: number;
  /** Cases for each handler (row and split values); fewer when they would be too many for one program. */
  readonly perHandler: number;
  /** Only handlers of rows with such a name. */
  readonly only?: RegExp;
  /** Exactly these handlers of the rows, and exactly `perHandler` cases of each; `only` does not count then. */
  readonly handlers?: readonly Handler<never>[];
  /** Also unallocated words and exclusive pairs: cases of each. */
  readonly extra: number;
}

export interface Failure {
  readonly about: string;
  readonly text: string;
}

/** Makes cases, runs them on both machines and gives those that differ. */
export async function runDifferential(
  ours: Runner,
  options: RunOptions,
): Promise<{ cases: number; failures: Failure[] }> {
  const random = new Random(options.seed);
  const cases = makeCases(options, random);
  const runner = await assemble(runnerSource, memory.code);
  const elf = buildProgram(runner, cases, options, random);
  const part = { address: memory.results, length: cases.length * resultRecord.bytes };
  const [expected, actual] = [await runOnQemu(elf, part), await ours(elf, part)];
  const differs = (c: Case, index: number): boolean =>
    differences(c, index, new Result(expected, index), new Result(actual, index)).length > 0;
  const wrong = cases.flatMap((c, index) => (differs(c, index) ? [index] : []));
  const assembly = await disassemble(wrong.flatMap((index) => cases[index]!.words));
  const failures = wrong.map((index) => {
    const c = cases[index]!;
    const lines = assembly.splice(0, c.words.length);
    const text = describe(c, index, new Result(expected, index), new Result(actual, index), lines);
    return { about: c.about, text };
  });
  return { cases: cases.length, failures };
}

function addExactly(count: number, handler: Handler<never>, maker: CaseMaker, cases: Case[]): void {
  const end = cases.length + count;
  for (let tries = 0; cases.length < end; tries++) {
    if (tries > 2 * count) throw new Error(`${handler.insn.name}: too few words are allocated`);
    const made = maker.make(handler, cases.length);
    if (made) cases.push(made);
  }
}

function makeCases({ rows, perHandler, extra, only = /./, handlers: chosen }: RunOptions, random: Random): Case[] {
  const maker = new CaseMaker(rows, random);
  const cases: Case[] = [];
  for (const handler of chosen ?? []) addExactly(perHandler, handler, maker, cases);
  if (chosen) return cases;
  const room = maxCases - 2 * extra;
  const handlers = maker.handlers.filter(({ insn }) => only.test(insn.name));
  for (let round = 0; round < perHandler; round++) {
    for (const handler of handlers) {
      // With more handlers than room, each program takes a sample.
      if (handlers.length * perHandler > room && !random.chance(room / (handlers.length * perHandler * 1.1))) continue;
      const made = cases.length < room ? maker.make(handler, cases.length) : undefined;
      if (made) cases.push(made);
    }
  }
  for (let n = 0; n < extra; n++) cases.push(maker.unallocated(cases.length), maker.exclusivePair(cases.length));
  return cases;
}
