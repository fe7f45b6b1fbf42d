import type { Insn } from "../../src/isa/index.ts";
import { caseRecord, maxCases, memory, scratchBytes, slot, variables } from "./layout.ts";
import { writeElf } from "./elf.ts";
import type { Random } from "./random.ts";

/** Instructions, and the state they start from. */
export interface Case {
  /** The row that the case is about. */
  readonly about: string;
  readonly words: readonly number[];
  /** x0 to x30, sp. */
  readonly x: BigUint64Array;
  readonly spsr: bigint;
  readonly cpacr: bigint;
  readonly fpcr: bigint;
  readonly fpsr: bigint;
  /** 32 times 16 bytes. */
  readonly v: Uint8Array;
}

export interface ProgramOptions {
  /** Bits set in SCTLR_EL1 besides those at reset. */
  readonly sctlr: bigint;
  /** Whether the runner itself may use vector registers. */
  readonly fp: boolean;
}

export type Row = Insn<never>;

/** The address of a case's first instruction. */
export const entryOf = (index: number): number => memory.slots + slot.bytes * index + 4 * slot.entryWord;

const brk = (immediate: number): number => (0xd4200000 | (immediate << 5)) >>> 0;

/** The program that runs these cases, as an ELF file. `runner` is the assembled runner. */
export function buildProgram(
  runner: Uint8Array,
  cases: readonly Case[],
  options: ProgramOptions,
  random: Random,
): Uint8Array {
  if (cases.length > maxCases) throw new Error(`${cases.length} cases, at most ${maxCases}`);
  const slots = new Uint32Array(cases.length * slot.words);
  const records = new Uint8Array(cases.length * caseRecord.bytes);
  const view = new DataView(records.buffer);
  cases.forEach((c, index) => {
    for (let i = 0; i < slot.words; i++) slots[index * slot.words + i] = c.words[i - slot.entryWord] ?? brk(i);
    const at = index * caseRecord.bytes;
    c.x.forEach((value, n) => view.setBigUint64(at + 8 * n, value, true));
    view.setBigUint64(at + caseRecord.spsr, c.spsr, true);
    view.setBigUint64(at + caseRecord.cpacr, c.cpacr, true);
    view.setBigUint64(at + caseRecord.fpcr, c.fpcr, true);
    view.setBigUint64(at + caseRecord.fpsr, c.fpsr, true);
    records.set(c.v, at + caseRecord.v);
  });
  const pattern = Uint8Array.from({ length: scratchBytes }, () => random.below(256));
  const initial = new BigUint64Array(6);
  initial[variables.next / 8] = BigInt(memory.cases);
  initial[variables.end / 8] = BigInt(memory.cases + records.length);
  initial[variables.slot / 8] = BigInt(memory.slots);
  initial[variables.result / 8] = BigInt(memory.results);
  initial[variables.sctlr / 8] = options.sctlr;
  initial[variables.fp / 8] = options.fp ? 1n : 0n;
  return writeElf(memory.code, [
    { address: memory.code, bytes: runner },
    { address: memory.pattern, bytes: pattern },
    { address: memory.variables, bytes: new Uint8Array(initial.buffer) },
    { address: memory.slots, bytes: new Uint8Array(slots.buffer) },
    { address: memory.cases, bytes: records },
  ]);
}
