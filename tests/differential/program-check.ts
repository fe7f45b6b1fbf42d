import { arm64 } from "../../src/isa/arm64/index.ts";
import { enumerateHandlers, type Handler } from "../../src/isa/index.ts";
import { checkedByProgram } from "./cases.ts";
import { maxCases, sctlr } from "./layout.ts";
import { checkedByRow, rowHandlers } from "./row-check.ts";
import { runDifferential, type Runner } from "./run.ts";

/** All other rows, on the whole CPU, in bare-metal programs beside qemu-system-aarch64. */
const byRow = new Set(rowHandlers.map(({ insn }) => insn as unknown));
export const programHandlers: readonly Handler<never>[] = enumerateHandlers(arm64.instructions).filter(
  ({ insn }) => checkedByProgram(insn.name) && !(byRow.has(insn) && checkedByRow(insn.name)),
);

/** Runs `count` cases of each handler, in as many programs as they need; says what differs. */
export async function checkPrograms(
  ours: Runner,
  handlers: readonly Handler<never>[],
  count: number,
  seed: number,
): Promise<{ readonly cases: number; readonly failures: string[] }> {
  let cases = 0;
  const failures: string[] = [];
  for (let done = 0; done < count;) {
    const each = Math.min(count - done, maxCases);
    const atOnce = Math.floor(maxCases / each);
    for (let first = 0; first < handlers.length; first += atOnce) {
      const run = await runDifferential(ours, {
        rows: arm64.instructions,
        handlers: handlers.slice(first, first + atOnce),
        seed: seed + done + first,
        perHandler: each,
        extra: 0,
        sctlr: sctlr.mmu,
        fp: true,
      });
      cases += run.cases;
      failures.push(...run.failures.map(({ text }) => text));
    }
    done += each;
  }
  return { cases, failures };
}
