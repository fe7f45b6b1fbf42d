import type { A64 } from "../../src/isa/arm64/emitter.ts";
import { simd } from "../../src/isa/arm64/simd.ts";
import { simdLoadsStores } from "../../src/isa/arm64/simd-loads-stores.ts";
import { Decoder, enumerateHandlers, type Handler } from "../../src/isa/index.ts";
import { Random } from "./random.ts";
import { makeCase } from "./simd-cases.ts";
import { type Case, runOracle } from "./simd-oracle.ts";
import { type MachineState, RowRunner } from "./simd-row-runner.ts";

/** FP and SIMD rows one by one, without an engine, beside qemu-aarch64. */

const rows = [...simdLoadsStores, ...simd];
const decoder = new Decoder(rows);

/** Loads relative to the PC cannot stand in the oracle's program; cases.ts has them. */
export const checkedByRow = (name: string): boolean => !/literal/.test(name);
export const rowHandlers: readonly Handler<A64>[] = enumerateHandlers(rows).filter(({ insn }) =>
  checkedByRow(insn.name),
);

/** FPCR: alternative half precision, default NaNs, flushing to zero, and the four rounding modes, in every combination. */
const MODES = Array.from({ length: 32 }, (_, n) => n << 22);
const usesModes = (name: string): boolean => /^([FSU]CVT|F|U?RECP|U?RSQRT)/.test(name);

/** A program's input and output are files in a temporary folder, 2 KB a case. */
const CASES_AT_ONCE = 20_000;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString("hex");

const equal = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

function same(a: MachineState, b: MachineState): boolean {
  const general = (s: MachineState): BigUint64Array => s.x.subarray(0, 28);
  const flags = a.nzcv === b.nzcv && a.fpsr === b.fpsr && a.x[32] === b.x[32];
  return flags && equal(a.v, b.v) && equal(general(a), general(b)) && equal(a.memory, b.memory);
}

function differences(expected: MachineState, got: MachineState): string[] {
  if (same(expected, got)) return [];
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

/** Cases of one handler; rows that look at FPCR get half of theirs in its other modes. */
function casesOf(handler: Handler<A64>, count: number, random: Random): Case[] {
  const cases: Case[] = [];
  for (let tries = 0; cases.length < count; tries++) {
    if (tries > 20 * count) throw new Error(`${handler.insn.name}: too few words are allocated`);
    const modes = usesModes(handler.insn.name) && random.chance(0.5) ? MODES : [0];
    const made = makeCase(handler, random, random.pick(modes));
    if (made) cases.push(made);
  }
  return cases;
}

/** Runs `count(handler)` cases of each handler; says what differs from qemu-aarch64. */
export function checkRows(
  handlers: readonly Handler<A64>[],
  count: (handler: Handler<A64>) => number,
  seed: number,
): { readonly cases: number; readonly failures: string[] } {
  const random = new Random(seed);
  const failures: string[] = [];
  let total = 0;
  let batch: Handler<A64>[] = [];
  let cases: (Case & { readonly handler: number })[] = [];
  const flush = (): void => {
    const runner = new RowRunner(batch);
    const expected = runOracle(cases);
    cases.forEach((one, i) => {
      const found = differences(expected[i]!, runner.run(one.handler, one.word, one.before));
      if (found.length > 0)
        failures.push(`${batch[one.handler]!.insn.name}: ${describeCase(one)}: ${found.join("; ")}`);
    });
    total += cases.length;
    [batch, cases] = [[], []];
  };
  for (const handler of handlers) {
    for (let left = count(handler); left > 0; left -= CASES_AT_ONCE) {
      batch.push(handler);
      for (const one of casesOf(handler, Math.min(left, CASES_AT_ONCE), random))
        cases.push({ ...one, handler: batch.length - 1 });
      if (cases.length >= CASES_AT_ONCE) flush();
    }
  }
  if (cases.length > 0) flush();
  return { cases: total, failures };
}
