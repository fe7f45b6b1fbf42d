import type { Case } from "./case.ts";
import { entryOf } from "./case.ts";
import { resultRecord } from "./layout.ts";

const hex = (value: bigint | number, digits = 16): string => value.toString(16).padStart(digits, "0");

/** One case's result, as the runner left it. */
export class Result {
  private readonly view: DataView;
  private readonly at: number;

  constructor(results: Uint8Array, index: number) {
    this.at = index * resultRecord.bytes;
    this.view = new DataView(results.buffer, results.byteOffset, results.byteLength);
  }

  u64(offset: number): bigint {
    return this.view.getBigUint64(this.at + offset, true);
  }

  get exceptionClass(): number {
    return Number(this.u64(resultRecord.esr) >> 26n);
  }
}

/** Exception classes with a fault address: aborts and misaligned PC. */
const withAddress = new Set([0x20, 0x21, 0x22, 0x24, 0x25]);

const names: (readonly [string, number])[] = [
  ...Array.from({ length: 31 }, (_, n) => [`x${n}`, 8 * n] as const),
  ["sp_el1", resultRecord.sp],
  ["sp_el0", resultRecord.spEl0],
  ["elr", resultRecord.elr],
  ["spsr", resultRecord.spsr],
  ["esr", resultRecord.esr],
  ["fpsr", resultRecord.fpsr],
  ["memory hash", resultRecord.memoryHash],
  ["changed units", resultRecord.changedUnits],
  ...Array.from({ length: 32 }, (_, n) => [
    [`v${n} low`, resultRecord.v + 16 * n] as const,
    [`v${n} high`, resultRecord.v + 16 * n + 8] as const,
  ]).flat(),
];

/** The names of what differs between two results; empty when they agree. */
export function differences(c: Case, index: number, expected: Result, actual: Result): string[] {
  const compared = withAddress.has(expected.exceptionClass) ? [...names, ["far", resultRecord.far] as const] : names;
  const partial = endsHalfDone(c, index, expected);
  return compared
    .filter(([name]) => !partial || !/^(memory|changed|v\d)/.test(name))
    .filter(([, offset]) => expected.u64(offset) !== actual.u64(offset))
    .map(([name, offset]) => `${name}: ${hex(actual.u64(offset))}, expected ${hex(expected.u64(offset))}`);
}

/**
 * Whether a case ends in an abort of an instruction that makes several accesses. On QEMU those before the fault are made;
 * ours are all or nothing. The architecture leaves it open.
 */
function endsHalfDone(c: Case, index: number, expected: Result): boolean {
  const word = c.words[(Number(expected.u64(resultRecord.elr)) - entryOf(index)) / 4] ?? 0;
  const isPair = (word & 0x3a000000) === 0x28000000;
  const isStructure = (word & 0xbe000000) === 0x0c000000;
  const isQ = (word & 0xfc800000) === 0x3c800000;
  return (expected.exceptionClass & 0x3e) === 0x24 && (isPair || isStructure || isQ);
}

/** What one needs to know of a case that went wrong. */
export function describe(
  c: Case,
  index: number,
  expected: Result,
  actual: Result,
  assembly: readonly string[],
): string {
  const used = usedRegisters(c.words);
  const inputs = [...used].map((n) => `${n === 31 ? "sp" : `x${n}`}=${hex(c.x[n]!)}`);
  const vector = (n: number): string => {
    const view = new DataView(c.v.buffer, c.v.byteOffset);
    return `v${n}=${hex(view.getBigUint64(16 * n + 8, true))}_${hex(view.getBigUint64(16 * n, true))}`;
  };
  const vectors = c.words.some(usesVectors) ? [...used].map(vector) : [];
  return [
    `${c.about} (case ${index})`,
    ...c.words.map((word, i) => `  ${hex(entryOf(index) + 4 * i, 8)}: ${hex(word, 8)}  ${assembly[i] ?? ""}`),
    `  from ${inputs.join(" ")} spsr=${hex(c.spsr, 8)} fpcr=${hex(c.fpcr, 8)} fpsr=${hex(c.fpsr, 8)} cpacr=${hex(c.cpacr, 6)}`,
    ...(vectors.length > 0 ? [`       ${vectors.join(" ")}`] : []),
    ...differences(c, index, expected, actual).map((line) => `  ${line}`),
    `  expected esr=${hex(expected.u64(resultRecord.esr), 8)} far=${hex(expected.u64(resultRecord.far))}, got esr=${hex(actual.u64(resultRecord.esr), 8)} far=${hex(actual.u64(resultRecord.far))}`,
  ].join("\n");
}

function usedRegisters(words: readonly number[]): Set<number> {
  return new Set(words.flatMap((word) => [word & 31, (word >>> 5) & 31, (word >>> 10) & 31, (word >>> 16) & 31]));
}

const usesVectors = (word: number): boolean =>
  ((word >>> 25) & 7) === 7 || (((word >>> 25) & 5) === 4 && ((word >>> 26) & 1) === 1);
