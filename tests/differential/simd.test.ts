import { describe, expect, it } from "vitest";
import { simd } from "../../src/isa/arm64/simd.ts";
import { simdLoadsStores } from "../../src/isa/arm64/simd-loads-stores.ts";
import { Decoder, enumerateHandlers } from "../../src/isa/index.ts";
import { makeCase } from "./simd-cases.ts";
import { type Case, oracleMissing, runOracle } from "./simd-oracle.ts";
import { Random } from "./random.ts";
import { type MachineState, RowRunner } from "./simd-row-runner.ts";

// More of one row: SIMD_ONLY=REGEXP SIMD_CASES=N SIMD_SEED=N npx vitest run tests/differential/simd.test.ts
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
  if (expected.fpsr !== got.fpsr) out.push(`fpsr: qemu ${expected.fpsr.toString(16)} ours ${got.fpsr.toString(16)}`);
  if (hex(expected.memory) !== hex(got.memory)) out.push("memory");
  return out;
}

const decoder = new Decoder(rows);

/** What differs from qemu-aarch64, by row: at most two cases each. */
function compare(chosen: typeof handlers, casesEach: number, fpcr: readonly number[]): string {
  const runner = new RowRunner(chosen);
  const random = new Random(SEED);
  const cases: (Case & { handler: number })[] = [];
  chosen.forEach((h, handler) => {
    for (let n = 0; n < casesEach; n++) {
      const one = makeCase(h, random, random.pick(fpcr));
      if (one) cases.push({ ...one, handler });
    }
  });
  const expected = runOracle(cases);
  const byRow = new Map<string, string[]>();
  cases.forEach((one, i) => {
    const found = differences(expected[i]!, runner.run(one.handler, one.word, one.before));
    if (found.length === 0) return;
    const { name } = chosen[one.handler]!.insn;
    byRow.set(name, [...(byRow.get(name) ?? []), `${describeCase(one)}: ${found.join("; ")}`]);
  });
  return [...byRow].map(([name, all]) => `${name}: ${all.length} times\n  ${all.slice(0, 2).join("\n  ")}`).join("\n");
}

/** Assembly text, FPCR, and the registers that it names. */
function describeCase({ word, before }: Case): string {
  const text = decoder.disassemble(word, 0n);
  const inputs = [...new Set(text.match(/[bhsdqvwx]\d+/g))].map((r) => {
    const n = Number(r.slice(1));
    if (/[wx]/.test(r)) return `${r}=${before.x[n]!.toString(16)}`;
    return `v${n}=${hex(before.v.subarray(16 * n, 16 * n + 16))}`;
  });
  return `${word.toString(16)} ${text} (fpcr=${before.fpcr.toString(16)} ${inputs.join(" ")})`;
}

/** FPCR: alternative half precision, default NaNs, flushing to zero, and the four rounding modes, in every combination. */
const MODES = Array.from({ length: 32 }, (_, n) => n << 22);

describe.skipIf(oracleMissing)("FP and SIMD rows do what qemu-aarch64 does", () => {
  it("with the default FPCR", () => {
    expect(compare(handlers, CASES_PER_HANDLER, [0])).toBe("");
  });
  it("in every mode of FPCR", () => {
    const floating = handlers.filter(({ insn }) => /^([FSU]CVT|F|U?RECP|U?RSQRT)/.test(insn.name));
    expect(compare(floating, 8 * CASES_PER_HANDLER, MODES)).toBe("");
  });
});
