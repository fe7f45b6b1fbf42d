import type { Handler } from "../../src/isa/index.ts";
import { Cases, type ProgramOptions, type Row } from "./case.ts";
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
  /** Exactly so many cases of these handlers of the rows; `only` and `perHandler` do not count then. */
  readonly exactly?: ReadonlyMap<Handler<never>, number>;
  /** Of these, so many in turn are of the same instructions, in other states. */
  readonly perWord?: number;
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
  runner ??= assemble(runnerSource, memory.code);
  const elf = cases.program(await runner, options, random);
  const part = { address: memory.results, length: cases.count * resultRecord.bytes };
  const [expected, actual] = [await runOnQemu(elf, part), await ours(elf, part)];
  const wrong: number[] = [];
  for (let index = 0; index < cases.count; index++) if (differs(cases, index, expected, actual)) wrong.push(index);
  const assembly = await disassemble(wrong.flatMap((index) => cases.words(index)));
  const failures = wrong.map((index) => {
    const lines = assembly.splice(0, cases.words(index).length);
    const text = describe(cases, index, new Result(expected, index), new Result(actual, index), lines);
    return { about: cases.about(index), text };
  });
  return { cases: cases.count, failures };
}

let runner: Promise<Uint8Array> | undefined;

function differs(cases: Cases, index: number, expected: Uint8Array, actual: Uint8Array): boolean {
  const [start, end] = [index * resultRecord.bytes, (index + 1) * resultRecord.bytes];
  if (Buffer.compare(expected.subarray(start, end), actual.subarray(start, end)) === 0) return false;
  return differences(cases, index, new Result(expected, index), new Result(actual, index)).length > 0;
}

function addExactly(count: number, perWord: number, handler: Handler<never>, maker: CaseMaker): void {
  let left = count;
  for (let tries = 0; left > 0; tries++) {
    if (tries > 2 * count + 10) throw new Error(`${handler.insn.name}: too few words are allocated`);
    const here = Math.min(perWord, left);
    if (maker.add(handler, here)) left -= here;
  }
}

function makeCases({ rows, perHandler, extra, only = /./, exactly, perWord = 1 }: RunOptions, random: Random): Cases {
  const cases = new Cases();
  const maker = new CaseMaker(rows, random, cases);
  for (const [handler, count] of exactly ?? []) addExactly(count, perWord, handler, maker);
  if (exactly) return cases;
  const room = maxCases - 2 * extra;
  const handlers = maker.handlers.filter(({ insn }) => only.test(insn.name));
  for (let round = 0; round < perHandler; round++) {
    for (const handler of handlers) {
      // With more handlers than room, each program takes a sample.
      if (handlers.length * perHandler > room && !random.chance(room / (handlers.length * perHandler * 1.1))) continue;
      if (cases.count < room) maker.add(handler);
    }
  }
  for (let n = 0; n < extra; n++) {
    maker.addUnallocated();
    maker.addExclusivePair();
  }
  return cases;
}
