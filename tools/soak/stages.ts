import { arm64 } from "../../src/isa/arm64/index.ts";
import { BlockCheck } from "../../tests/differential/block-check.ts";
import {
  BLOCK_PROGRAMS,
  CASES_PER_WORD,
  LLVM_WORDS,
  SOAK_CASES_PER_ROW,
  STATES_PER_TRANSLATION,
} from "../../tests/differential/counts.ts";
import { sctlr } from "../../tests/differential/layout.ts";
import { differencesFromLlvm, systematicWords, wordsOfRows } from "../../tests/differential/llvm-check.ts";
import { runOnOurs } from "../../tests/differential/ours.ts";
import { checkPrograms, programHandlers } from "../../tests/differential/program-check.ts";
import { Random } from "../../tests/differential/random.ts";
import { checkRows, rowHandlers } from "../../tests/differential/row-check.ts";
import { runDifferential } from "../../tests/differential/run.ts";
import { straightHandlers, TranslatedRowCheck } from "../../tests/differential/translated-row-check.ts";
import { loadInterpreter } from "../../tests/support/interpreter.ts";
import { compareKernels } from "../oracle/kernels.ts";
import { largePrograms } from "../oracle/programs.mjs";
import { runPrograms } from "../oracle/run.ts";
import type { Stage } from "./stage.ts";
import { x86Stages } from "./x86-stages.ts";

/** The handlers of each row with such a name, in turn. */
function byRow<T extends { readonly insn: { readonly name: string } }>(
  handlers: readonly T[],
  name: RegExp,
): { name: string; handlers: T[] }[] {
  const rows = new Map<unknown, { name: string; handlers: T[] }>();
  for (const handler of handlers.filter(({ insn }) => name.test(insn.name))) {
    const row = rows.get(handler.insn) ?? { name: handler.insn.name, handlers: [] };
    row.handlers.push(handler);
    rows.set(handler.insn, row);
  }
  return [...rows.values()];
}

/** SCTLR_EL1 of the programs with everything mixed. */
const CONTROLS = [0n, sctlr.userCaches, sctlr.alignmentCheck, sctlr.userBigEndian, sctlr.userBigEndian | 2n];

export const stages: Readonly<Record<string, Stage>> = {
  /** FP and SIMD rows beside qemu-aarch64. */
  async *rows({ casesPerRow, seed, row }) {
    for (const { name, handlers } of byRow(rowHandlers, row)) {
      const each = Math.ceil(casesPerRow / handlers.length);
      const { cases, failures } = await checkRows(handlers, each, CASES_PER_WORD, seed);
      yield { part: name, done: cases, failures };
    }
  },

  /** All other rows, on the whole CPU, beside qemu-system-aarch64. */
  async *programs({ casesPerRow, seed, row }) {
    const ours = runOnOurs(loadInterpreter());
    for (const { name, handlers } of byRow(programHandlers, row)) {
      const each = Math.ceil(casesPerRow / handlers.length);
      const { cases, failures } = await checkPrograms(ours, handlers, each, CASES_PER_WORD, seed);
      yield { part: name, done: cases, failures };
    }
  },

  /** Rows at random under the settings of SCTLR_EL1; with unallocated words and exclusive pairs. */
  async *controls({ casesPerRow, seed }) {
    const ours = runOnOurs(loadInterpreter());
    const programs = Math.ceil(casesPerRow / 500);
    for (let n = 0; n < programs; n++) {
      const { cases, failures } = await runDifferential(ours, {
        rows: arm64.instructions,
        seed: seed + n,
        perHandler: 3,
        extra: 300,
        sctlr: sctlr.mmu | CONTROLS[n % CONTROLS.length]!,
      });
      yield { part: `program ${n}`, done: cases, failures: failures.map(({ text }) => text) };
    }
  },

  /** Programs of blocks: translated, at once and at other times, beside interpreted. */
  async *blocks({ casesPerRow, seed }) {
    const programs = Math.ceil((BLOCK_PROGRAMS.soak * casesPerRow) / SOAK_CASES_PER_ROW);
    for (let n = 0; n < programs;) {
      const check = new BlockCheck(loadInterpreter());
      const failures: string[] = [];
      for (const end = Math.min(programs, n + 200); n < end; n++) {
        const failure = check.run(seed + n);
        if (failure !== undefined) failures.push(failure);
      }
      yield { part: `programs to ${n}`, done: check.done, failures };
    }
  },

  /** Instructions of one row at a time, translated beside interpreted. */
  async *translated({ casesPerRow, seed, row }) {
    const check = new TranslatedRowCheck(loadInterpreter());
    for (const { name, handlers } of byRow(straightHandlers, row)) {
      const before = check.done;
      const each = Math.ceil(casesPerRow / handlers.length);
      const failure = check.run(handlers, each, STATES_PER_TRANSLATION.soak, seed);
      yield { part: name, done: check.done - before, failures: failure === undefined ? [] : [failure] };
    }
  },

  /** Decoding and disassembly beside LLVM. */
  async *llvm({ seed }) {
    const random = new Random(seed);
    for (let n = 0; n < LLVM_WORDS.soak.systematic; n++) {
      const words = systematicWords(random, 1);
      yield { part: "systematic", done: words.length, failures: await differencesFromLlvm(words) };
    }
    for (let n = 0; n < LLVM_WORDS.soak.row; n += 200) {
      const words = wordsOfRows(random, 200);
      yield { part: "of rows", done: words.length, failures: await differencesFromLlvm(words) };
    }
  },

  /** Programs of Debian's packages beside QEMU, one boot each. */
  async *debian() {
    for (const program of largePrograms) {
      const { qemu, ours } = await runPrograms([program], 3_600_000);
      const [expected, actual] = [qemu.get(program.name), ours.get(program.name)];
      yield {
        part: program.name,
        done: 1,
        failures: expected === actual ? [] : [`${program.name}:\n${actual}\nexpected:\n${expected}`],
      };
    }
  },

  /** Debian's generic kernel and its newest backport beside QEMU, to a shell; counts lines of the console. */
  async *kernels() {
    for await (const { kernel, lines, differences } of compareKernels()) {
      const failures = differences.length === 0 ? [] : [`${kernel.version}:\n${differences.join("\n")}`];
      yield { part: kernel.version, done: lines, failures };
    }
  },

  ...x86Stages,
};
