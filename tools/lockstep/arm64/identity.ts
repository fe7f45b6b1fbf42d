import { buildInterpreter } from "../../../src/engine/interpreter/interpreter.ts";
import type { Insn } from "../../../src/isa/index.ts";
import { type A64, arm64 } from "../../../src/isa/arm64/index.ts";
import { Cases } from "../../../tests/differential/case.ts";
import { caseRecord, memory, resultRecord, sctlr } from "../../../tests/differential/layout.ts";
import { runOnQemu } from "../../../tests/differential/qemu.ts";
import { Random } from "../../../tests/differential/random.ts";
import { runnerSource } from "../../../tests/differential/runner.ts";
import { assemble } from "../../../tests/differential/toolchain.ts";

/** MRS of the ID space: op0 3, op1 0, CRn 0. */
const isIdentity = (row: Insn<A64>): boolean =>
  /^MRS /.test(row.name) && (row.pattern.value & 0xfffff000) >>> 0 === 0xd5380000;

/**
 * Our interpreter with the reference's ID registers: ours say on purpose that there is no AArch32
 * (docs/decisions/0007-the-cpu.md), which would lead a kernel elsewhere.
 */
export async function interpreterLikeReference(): Promise<WebAssembly.Module> {
  const rows = arm64.instructions.filter(isIdentity);
  const values = await readOnReference(rows);
  const instructions = arm64.instructions.map((row) => {
    const value = values.get(row);
    if (value === undefined) return row;
    const semantics: typeof row.semantics = (e, fields) => {
      row.semantics(e, fields);
      e.setGpr(64, fields["rt"]!, e.i64(BigInt.asIntN(64, value)));
    };
    return { ...row, semantics };
  });
  return new WebAssembly.Module(buildInterpreter({ ...arm64, instructions }, { optimize: false }).wasm.slice());
}

async function readOnReference(rows: readonly Insn<A64>[]): Promise<Map<Insn<A64>, bigint>> {
  const cases = new Cases();
  for (const row of rows) {
    cases.addSlot(row.name, [row.pattern.value]);
    const { state, at } = cases.add();
    state[at + caseRecord.spsr / 4] = 0x3c5;
    state[at + caseRecord.cpacr / 4] = 0x300000;
  }
  const runner = await assemble(runnerSource, memory.code);
  const program = cases.program(runner, { sctlr: sctlr.mmu }, new Random(0));
  const results = await runOnQemu(program, { address: memory.results, length: rows.length * resultRecord.bytes });
  const view = new DataView(results.buffer, results.byteOffset);
  return new Map(rows.map((row, index) => [row, view.getBigUint64(index * resultRecord.bytes, true)]));
}
