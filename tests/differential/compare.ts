import type { Cases } from "./case.ts";
import { caseRecord, resultRecord } from "./layout.ts";

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
export function differences(cases: Cases, index: number, expected: Result, actual: Result): string[] {
  const compared = withAddress.has(expected.exceptionClass) ? [...names, ["far", resultRecord.far] as const] : names;
  if (isOpenMonitor(cases, index, expected)) return [];
  const partial = endsHalfDone(cases, index, expected);
  return compared
    .filter(([name]) => !partial || !/^(memory|changed|v\d)/.test(name))
    .filter(([, offset]) => expected.u64(offset) !== actual.u64(offset))
    .map(([name, offset]) => `${name}: ${hex(actual.u64(offset))}, expected ${hex(expected.u64(offset))}`);
}

/**
 * Whether a case ends in an abort of an instruction that makes several accesses. On QEMU those before the fault are made;
 * ours are all or nothing. The architecture leaves it open.
 */
function endsHalfDone(cases: Cases, index: number, expected: Result): boolean {
  const word = cases.words(index)[(Number(expected.u64(resultRecord.elr)) - cases.entryOf(index)) / 4] ?? 0;
  const isPair = (word & 0x3a000000) === 0x28000000;
  const isStructure = (word & 0xbe000000) === 0x0c000000;
  const isQ = (word & 0xfc800000) === 0x3c800000;
  return (expected.exceptionClass & 0x3e) === 0x24 && (isPair || isStructure || isQ);
}

/**
 * Whether a store exclusive to the address -1 faults, among the case's instructions or in the scratch memory that it branched
 * to: QEMU's monitor, when open, holds that address.
 */
function isOpenMonitor(cases: Cases, index: number, expected: Result): boolean {
  const word = cases.words(index)[(Number(expected.u64(resultRecord.elr)) - cases.entryOf(index)) / 4];
  const mayStore = word === undefined || (word & 0x3fc00000) === 0x08000000;
  return mayStore && (expected.exceptionClass & 0x3e) === 0x24 && expected.u64(resultRecord.far) === 2n ** 64n - 1n;
}

/** What one needs to know of a case that went wrong. */
export function describe(
  cases: Cases,
  index: number,
  expected: Result,
  actual: Result,
  assembly: readonly string[],
): string {
  const words = cases.words(index);
  const used = usedRegisters(words);
  const before = (offset: number, digits = 16): string => hex(cases.u64(index, offset), digits);
  const inputs = [...used].map((n) => `${n === 31 ? "sp" : `x${n}`}=${before(caseRecord.x + 8 * n)}`);
  const vector = (n: number): string => `v${n}=${before(caseRecord.v + 16 * n + 8)}_${before(caseRecord.v + 16 * n)}`;
  const vectors = words.some(usesVectors) ? [...used].map(vector) : [];
  const modes = (["spsr", "fpcr", "fpsr", "cpacr"] as const).map((name) => `${name}=${before(caseRecord[name], 8)}`);
  return [
    `${cases.about(index)} (case ${index})`,
    ...words.map((word, i) => `  ${hex(cases.entryOf(index) + 4 * i, 8)}: ${hex(word, 8)}  ${assembly[i] ?? ""}`),
    `  from ${inputs.join(" ")} ${modes.join(" ")}`,
    ...(vectors.length > 0 ? [`       ${vectors.join(" ")}`] : []),
    ...differences(cases, index, expected, actual).map((line) => `  ${line}`),
    `  expected esr=${hex(expected.u64(resultRecord.esr), 8)} far=${hex(expected.u64(resultRecord.far))}, got esr=${hex(actual.u64(resultRecord.esr), 8)} far=${hex(actual.u64(resultRecord.far))}`,
  ].join("\n");
}

function usedRegisters(words: readonly number[]): Set<number> {
  return new Set(words.flatMap((word) => [word & 31, (word >>> 5) & 31, (word >>> 10) & 31, (word >>> 16) & 31]));
}

const usesVectors = (word: number): boolean =>
  ((word >>> 25) & 7) === 7 || (((word >>> 25) & 5) === 4 && ((word >>> 26) & 1) === 1);
