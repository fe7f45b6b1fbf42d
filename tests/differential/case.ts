import type { Insn } from "../../src/isa/index.ts";
import { caseRecord, maxCases, memory, scratchBytes, slot, variables } from "./layout.ts";
import { writeElf } from "./elf.ts";
import type { Random } from "./random.ts";

export interface ProgramOptions {
  /** Bits set in SCTLR_EL1 besides those at reset. */
  readonly sctlr: bigint;
}

export type Row = Insn<never>;

const brk = (immediate: number): number => (0xd4200000 | (immediate << 5)) >>> 0;
const BRKS = Uint32Array.from({ length: slot.words }, (_, i) => brk(i));

/** Instructions, and the states they start from: as the program has them in memory, with room for as many as it can have. */
export class Cases {
  count = 0;
  private slotCount = 0;
  private readonly bytes = new Uint8Array(maxCases * caseRecord.bytes);
  private readonly ints = new Int32Array(this.bytes.buffer);
  private readonly view = new DataView(this.bytes.buffer);
  private readonly slots = new Uint32Array(maxCases * slot.words);
  /** The slots of the cases. */
  private readonly slotOf = new Uint32Array(maxCases);
  /** By slot: the row that it is about, and how many instructions there are. */
  private readonly names: string[] = [];
  private readonly lengths = new Uint8Array(maxCases);

  /** Instructions for the cases that follow. */
  addSlot(about: string, words: readonly number[]): void {
    const index = this.slotCount++;
    this.names[index] = about;
    this.lengths[index] = words.length;
    this.slots.set(BRKS, index * slot.words);
    this.slots.set(words, index * slot.words + slot.entryWord);
  }

  /** A case of the last slot, with anything as its state; gives its place in the words of `state`. */
  add(): { readonly state: Int32Array; readonly at: number; readonly entry: number } {
    if (this.count === maxCases) throw new Error(`at most ${maxCases} cases`);
    const index = this.count++;
    this.slotOf[index] = this.slotCount - 1;
    const at = (index * caseRecord.bytes) / 4;
    const entry = this.entryOf(index);
    this.ints[at + caseRecord.entry / 4] = entry;
    return { state: this.ints, at, entry };
  }

  /** The address of a case's first instruction. */
  entryOf(index: number): number {
    return memory.slots + slot.bytes * this.slotOf[index]! + 4 * slot.entryWord;
  }
  about(index: number): string {
    return this.names[this.slotOf[index]!]!;
  }
  words(index: number): readonly number[] {
    const which = this.slotOf[index]!;
    const first = which * slot.words + slot.entryWord;
    return [...this.slots.subarray(first, first + this.lengths[which]!)];
  }
  u64(index: number, offset: number): bigint {
    return this.view.getBigUint64(index * caseRecord.bytes + offset, true);
  }

  /** The program that runs these cases, as an ELF file. `runner` is the assembled runner. */
  program(runner: Uint8Array, options: ProgramOptions, random: Random): Uint8Array {
    const records = this.bytes.subarray(0, this.count * caseRecord.bytes);
    const slots = new Uint8Array(this.slots.buffer, 0, this.slotCount * slot.bytes);
    const pattern = Uint8Array.from({ length: scratchBytes }, () => random.below(256));
    const initial = new BigUint64Array(4);
    initial[variables.next / 8] = BigInt(memory.cases);
    initial[variables.end / 8] = BigInt(memory.cases + records.length);
    initial[variables.result / 8] = BigInt(memory.results);
    initial[variables.sctlr / 8] = options.sctlr;
    return writeElf(memory.code, [
      { address: memory.code, bytes: runner },
      { address: memory.pattern, bytes: pattern },
      { address: memory.variables, bytes: new Uint8Array(initial.buffer) },
      { address: memory.slots, bytes: slots },
      { address: memory.cases, bytes: records },
    ]);
  }
}
