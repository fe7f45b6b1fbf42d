import type { A64 } from "../../src/isa/arm64/emitter.ts";
import { simd } from "../../src/isa/arm64/simd.ts";
import { simdLoadsStores } from "../../src/isa/arm64/simd-loads-stores.ts";
import { Decoder, enumerateHandlers, type Handler } from "../../src/isa/index.ts";
import { Random } from "./random.ts";
import { addCases } from "./simd-cases.ts";
import { runOracle } from "./simd-oracle.ts";
import { CASE_REGISTERS, MEMORY_BYTES, record, Records } from "./simd-records.ts";
import { RowRunner } from "./simd-row-runner.ts";

/** FP and SIMD rows one by one, without an engine, beside qemu-aarch64. */

const rows = [...simdLoadsStores, ...simd];
const decoder = new Decoder(rows);

/** Loads relative to the PC cannot stand in the oracle's program; cases.ts has them. */
export const checkedByRow = (name: string): boolean => !/literal/.test(name);
export const rowHandlers: readonly Handler<A64>[] = enumerateHandlers(rows).filter(({ insn }) =>
  checkedByRow(insn.name),
);

/** As many handlers as are compiled together, and as many cases as are in one program. */
const HANDLERS_AT_ONCE = 64;
const CASES_AT_ONCE = 16_384;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString("hex");

/** A record of many. */
const recordOf = (bytes: Uint8Array, n: number): Uint8Array => bytes.subarray(n * record.bytes, (n + 1) * record.bytes);

const register = (n: number): readonly [string, number, number] => [`x${n}`, record.x + 8 * n, 8];
const vector = (n: number): readonly [string, number, number] => [`v${n}`, record.v + 16 * n, 16];
/** What a record holds: names, offsets, lengths. */
const parts: readonly (readonly [string, number, number])[] = [
  ...Array.from({ length: 32 }, (_, n) => vector(n)),
  ...Array.from({ length: CASE_REGISTERS }, (_, n) => register(n)),
  ["sp", record.sp, 8],
  ["nzcv", record.nzcv, 4],
  ["fpsr", record.fpsr, 4],
  ["memory", record.memory, MEMORY_BYTES],
];

/** Assembly text, FPCR, the registers that it names, and what differs. */
function describeCase(word: number, before: Uint8Array, expected: Uint8Array, got: Uint8Array): string {
  const at = (bytes: Uint8Array, start: number, length: number): string => hex(bytes.subarray(start, start + length));
  const text = decoder.disassemble(word, 0n);
  const inputs = [...new Set(text.match(/[bhsdqvwx]\d+/g))].map((name) => {
    const n = Number(name.slice(1));
    const [label, start, length] = /[wx]/.test(name) ? register(n) : vector(n);
    return `${label}=${at(before, start, length)}`;
  });
  const found = parts
    .map(([name, start, length]) => [name, at(expected, start, length), at(got, start, length)] as const)
    .filter(([, theirs, ours]) => theirs !== ours)
    .map(([name, theirs, ours]) => (name === "memory" ? name : `${name}: qemu ${theirs} ours ${ours}`));
  const state = `fpcr=${at(before, record.fpcr, 4)} fpsr=${at(before, record.fpsr, 4)} ${inputs.join(" ")}`;
  return `${word.toString(16)} ${text} (${state}): ${found.join("; ")}`;
}

/**
 * Runs `each` cases of each handler, so many of one instruction word in a row; says what differs from qemu-aarch64. Half
 * the cases of rows that look at FPCR are in other modes than programs use.
 */
export async function checkRows(
  handlers: readonly Handler<A64>[],
  each: number,
  perWord: number,
  seed: number,
): Promise<{ readonly cases: number; readonly failures: string[] }> {
  const random = new Random(seed);
  const failures: string[] = [];
  let cases = 0;
  for (let first = 0; first < handlers.length; first += HANDLERS_AT_ONCE) {
    const together = handlers.slice(first, first + HANDLERS_AT_ONCE);
    const capacity = Math.min(CASES_AT_ONCE, each * together.length);
    const runner = new RowRunner(together, capacity);
    const records = new Records(capacity);
    const handlerOf = new Uint16Array(capacity);
    const flush = async (): Promise<void> => {
      const expected = await runOracle(records);
      const got = runner.run(records, handlerOf);
      const same = Buffer.compare(expected, got) === 0;
      for (let n = 0; n < records.count && !same; n++) {
        const [before, theirs, ours] = [records.bytes, expected, got].map((bytes) => recordOf(bytes, n));
        if (Buffer.compare(theirs!, ours!) === 0) continue;
        failures.push(
          `${together[handlerOf[n]!]!.insn.name}: ${describeCase(records.words[n]!, before!, theirs!, ours!)}`,
        );
      }
      cases += records.count;
      records.count = 0;
    };
    for (const [index, handler] of together.entries()) {
      for (let left = each; left > 0;) {
        const count = Math.min(perWord, left, capacity - records.count);
        handlerOf.fill(index, records.count, records.count + count);
        addCases(handler, count, random, records);
        left -= count;
        if (records.count === capacity) await flush();
      }
    }
    if (records.count > 0) await flush();
  }
  return { cases, failures };
}
