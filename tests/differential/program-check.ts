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

/** Runs `count` cases of each handler, so many in turn of the same instructions, in as few programs as they need; says what differs. */
export async function checkPrograms(
  ours: Runner,
  handlers: readonly Handler<never>[],
  count: number,
  perWord: number,
  seed: number,
): Promise<{ readonly cases: number; readonly failures: string[] }> {
  let cases = 0;
  const failures: string[] = [];
  for (const [n, exactly] of programs(handlers, count).entries()) {
    const run = await runDifferential(ours, {
      rows: arm64.instructions,
      exactly,
      perWord,
      seed: seed + n,
      perHandler: 0,
      extra: 0,
      sctlr: sctlr.mmu,
    });
    cases += run.cases;
    failures.push(...run.failures.map(({ text }) => text));
  }
  return { cases, failures };
}

/** Which cases are in which program. */
function programs(handlers: readonly Handler<never>[], count: number): Map<Handler<never>, number>[] {
  const all = [new Map<Handler<never>, number>()];
  let room = maxCases;
  for (const handler of handlers) {
    for (let left = count; left > 0;) {
      if (room === 0) {
        all.push(new Map());
        room = maxCases;
      }
      const here = Math.min(left, room);
      all.at(-1)!.set(handler, here);
      room -= here;
      left -= here;
    }
  }
  return all;
}
