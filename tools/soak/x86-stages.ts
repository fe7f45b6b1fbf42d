import { x86 } from "../../src/isa/x86/index.ts";
import { SOAK_CASES_PER_ROW } from "../../tests/differential/counts.ts";
import { loadInterpreter } from "../../tests/support/interpreter.ts";
import { subjects } from "../../tests/x86/generate.ts";
import { PROGRAMS } from "../../tests/x86/coverage.ts";
import { type ProgramKind, ProgramRunner } from "../../tests/x86/programs/run.ts";
import { RowCheck } from "../../tests/x86/row-check.ts";
import { TranslatedCheck } from "../../tests/x86/translated-check.ts";
import { bootPcKernels } from "../oracle/pc-kernels.ts";
import { checkPcSymbols } from "../oracle/pc-symbols.ts";
import { runMemoryTest } from "./memtest.ts";
import type { Progress, SoakOptions, Stage } from "./stage.ts";

/** What runs cases of rows, of a row and a split so many. */
type Check = Pick<RowCheck, "run">;

/** Each part is a row and a split, with a seed of its own: so a run is resumed by its number. */
async function* bySubject(check: Check, { casesPerRow, from, row, seed }: SoakOptions): AsyncGenerator<Progress> {
  const all = subjects();
  for (const [n, subject] of all.entries()) {
    const { row: own, splits, long } = subject;
    if (n + 1 < from || !row.test(own.name)) continue;
    const { cases, failures } = check.run([subject], casesPerRow, seed + n);
    const which = `${own.name} (${own.pattern.text}) ${JSON.stringify(splits)}, ${long ? "64" : "32"}-bit`;
    yield { part: `part ${n + 1} of ${all.length}, ${which}`, done: cases, failures };
    // What is told is written before the next one begins.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const KINDS: readonly ProgramKind[] = [true, false].flatMap((long) =>
  [false, true].map((interrupts) => ({ long, interrupts })),
);
const PROGRAMS_PER_PART = 100;

export const x86Stages: Readonly<
  Record<"x86-rows" | "x86-translated" | "x86-programs" | "x86-kernels" | "x86-symbols" | "x86-memtest", Stage>
> = {
  /** Rows and splits of user level, interpreted, beside the host's processor and qemu-i386. */
  async *"x86-rows"(options) {
    const check = new RowCheck(loadInterpreter(x86), options.seed);
    try {
      yield* bySubject(check, options);
    } finally {
      check.close();
    }
  },

  /** The same, translated beside interpreted. */
  async *"x86-translated"(options) {
    yield* bySubject(new TranslatedCheck(loadInterpreter(x86), options.seed), options);
  },

  /** Programs of blocks: beside the host's processor (32-bit ones: qemu-i386 where its kernel runs none), or with interrupts; in four ways beside each other. */
  async *"x86-programs"({ casesPerRow, from, seed }) {
    const runner = new ProgramRunner(loadInterpreter(x86));
    const parts = Math.ceil((PROGRAMS.soak * casesPerRow) / SOAK_CASES_PER_ROW / PROGRAMS_PER_PART);
    try {
      for (let n = from - 1; n < parts; n++) {
        const kind = KINDS[n % KINDS.length]!;
        const { ran, failures } = runner.run(seed + n * PROGRAMS_PER_PART, PROGRAMS_PER_PART, kind);
        const what = `${kind.long ? "64" : "32"}-bit${kind.interrupts ? ", interrupts" : ""}`;
        yield { part: `part ${n + 1} of ${parts}, ${what}`, done: ran, failures };
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      runner.close();
    }
  },

  /** Debian's kernels for PCs, recorded to a shell and replayed. One that cannot be had is named, and counts as none. */
  async *"x86-kernels"() {
    for await (const { failures, logBytes, missing, name } of bootPcKernels())
      yield { part: missing === undefined ? name : `${name}, skipped: ${missing}`, done: logBytes, failures };
  },

  /** The symbols found in the memory of Debian's kernels for PCs, beside what the kernels say of themselves; counts symbols. */
  async *"x86-symbols"() {
    for await (const { failures, missing, name, symbols } of checkPcSymbols())
      yield { part: missing === undefined ? name : `${name}, skipped: ${missing}`, done: symbols, failures };
  },

  /** memtest86+ on `pc` under both engines; counts instructions. */
  async *"x86-memtest"() {
    for (const { part, instructions, failures } of await runMemoryTest()) yield { part, done: instructions, failures };
  },
};
