import { describe, expect, it } from "vitest";
import { simd } from "../../src/isa/arm64/simd.ts";
import { simdLoadsStores } from "../../src/isa/arm64/simd-loads-stores.ts";
import { Decoder, enumerateHandlers } from "../../src/isa/index.ts";
import { makeCase } from "./simd-cases.ts";
import { type Case, runOracle } from "./simd-oracle.ts";
import { Random } from "./random.ts";
import { type MachineState, RowRunner } from "./simd-row-runner.ts";

/** FPSR bits that the rows keep exactly: QC, DZC, IOC. */
const FPSR_MASK = 0x08000003;
const CASES_PER_HANDLER = Number(process.env["SIMD_CASES"] ?? 6);
const SEED = Number(process.env["SIMD_SEED"] ?? 1);

const rows = [...simdLoadsStores, ...simd];
const only = process.env["SIMD_ONLY"];
const handlers = enumerateHandlers(rows).filter(
  ({ insn }) => !/literal/.test(insn.name) && (!only || new RegExp(only).test(insn.name)),
);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString("hex");

function differences(expected: MachineState, got: MachineState): string[] {
  const out: string[] = [];
  for (let i = 0; i < 32; i++) {
    const [a, b] = [expected, got].map((s) => hex(s.v.subarray(16 * i, 16 * i + 16)));
    if (a !== b) out.push(`v${i}: qemu ${a} ours ${b}`);
  }
  for (const i of [...Array(28).keys(), 32])
    if (expected.x[i] !== got.x[i])
      out.push(`x${i}: qemu ${expected.x[i]!.toString(16)} ours ${got.x[i]!.toString(16)}`);
  if (expected.nzcv !== got.nzcv) out.push(`nzcv: qemu ${expected.nzcv.toString(16)} ours ${got.nzcv.toString(16)}`);
  const [a, b] = [expected.fpsr & FPSR_MASK, got.fpsr & FPSR_MASK];
  if (a !== b) out.push(`fpsr: qemu ${a.toString(16)} ours ${b.toString(16)}`);
  if (hex(expected.memory) !== hex(got.memory)) out.push("memory");
  return out;
}

describe("FP and SIMD rows", () => {
  it("do what qemu-aarch64 does", () => {
    const runner = new RowRunner(handlers);
    const decoder = new Decoder(rows);
    const random = new Random(SEED);
    const cases: (Case & { handler: number })[] = [];
    handlers.forEach((h, handler) => {
      for (let n = 0; n < CASES_PER_HANDLER; n++) {
        const one = makeCase(h, random);
        if (one) cases.push({ ...one, handler });
      }
    });
    const expected = runOracle(cases);
    const failures = cases.flatMap(({ word, before, handler }, i) => {
      const found = differences(expected[i]!, runner.run(handler, word, before));
      if (found.length === 0) return [];
      const registers = new Set(decoder.disassemble(word, 0n).match(/[bhsdqvwx]\d+/g));
      const inputs = [...registers].map((r) => {
        const n = Number(r.slice(1));
        return /[wx]/.test(r)
          ? `${r}=${before.x[n]!.toString(16)}`
          : `v${n}=${hex(before.v.subarray(16 * n, 16 * n + 16))}`;
      });
      return [
        `${word.toString(16)} ${decoder.disassemble(word, 0n)} [${handlers[handler]!.insn.name}]: ${found.join("; ")} (${inputs.join(" ")})`,
      ];
    });
    console.log(`${handlers.length} handlers, ${cases.length} cases, ${failures.length} differ`);
    const byRow = new Map<string, string[]>();
    for (const f of failures) {
      const row = /\[(.*?)\]:/.exec(f)![1]!;
      byRow.set(row, [...(byRow.get(row) ?? []), f]);
    }
    const report = [...byRow.values()].map((all) => `${all.length}x ${all.slice(0, 2).join("\n   ")}`).slice(0, 40);
    expect(report.join("\n")).toBe("");
  });
});
