import type { Insn } from "./insn.ts";
import { extract } from "./pattern.ts";

/** One interpreter function: a row with its split fields fixed. */
export interface Handler<E = unknown> {
  readonly insn: Insn<E>;
  readonly split: Readonly<Record<string, number>>;
}

/** All handlers of a table, in order: rows first, then split values counting up (first split field slowest). */
export function enumerateHandlers<E>(instructions: readonly Insn<E>[]): Handler<E>[] {
  const handlers: Handler<E>[] = [];
  for (const insn of instructions) {
    if (insn.todo !== undefined) continue;
    const widths = insn.splitFields.map((f) => f.width);
    const bits = widths.reduce((a, b) => a + b, 0);
    for (let n = 0; n < 2 ** bits; n++) {
      const split = splitValues(insn, n, bits);
      if (insn.splits(split)) handlers.push({ insn, split });
    }
  }
  return handlers;
}

function splitValues(insn: Insn<never>, n: number, bits: number): Record<string, number> {
  const split: Record<string, number> = {};
  let left = bits;
  for (const field of insn.splitFields) {
    left -= field.width;
    split[field.name] = (n >>> left) & ((1 << field.width) - 1);
  }
  return split;
}

/** Pairs of rows that match a common word and do not stand in one overlap group. A build error. */
export function findOverlaps(instructions: readonly Insn<never>[]): [Insn<never>, Insn<never>][] {
  const found: [Insn<never>, Insn<never>][] = [];
  instructions.forEach((a, i) => {
    for (const b of instructions.slice(i + 1)) {
      const common = a.pattern.mask & b.pattern.mask;
      if (((a.pattern.value ^ b.pattern.value) & common) !== 0) continue;
      if (a.overlap === undefined || a.overlap !== b.overlap) found.push([a, b]);
    }
  });
  return found;
}

const INDEX_SHIFT = 21;

/** Finds the row and the handler of an instruction word. */
export class Decoder<E = unknown> {
  readonly handlers: readonly Handler<E>[];
  private readonly buckets: Insn<E>[][] = [];
  private readonly handlerIndex = new Map<Insn<E>, Map<number, number>>();

  constructor(instructions: readonly Insn<E>[]) {
    this.handlers = enumerateHandlers(instructions);
    this.handlers.forEach(({ insn, split }, index) => {
      let bySplit = this.handlerIndex.get(insn);
      if (!bySplit) this.handlerIndex.set(insn, (bySplit = new Map()));
      bySplit.set(splitKey(insn, split), index);
    });
    for (let top = 0; top < 2 ** (32 - INDEX_SHIFT); top++) {
      const word = top << INDEX_SHIFT;
      const known = -1 << INDEX_SHIFT;
      this.buckets.push(instructions.filter((i) => ((word ^ i.pattern.value) & i.pattern.mask & known) === 0));
    }
  }

  /** The allocated row of a word, described or not; undefined when the word is unallocated. */
  row(word: number): Insn<E> | undefined {
    for (const insn of this.buckets[word >>> INDEX_SHIFT]!) {
      if (((word ^ insn.pattern.value) & insn.pattern.mask) !== 0) continue;
      const fields = fieldValues(insn, word);
      if (insn.splits(fields) && insn.allocated(fields)) return insn;
    }
    return undefined;
  }

  /** Index into `handlers`, or -1 for an unallocated or not yet described word. */
  handler(word: number): number {
    const insn = this.row(word);
    if (!insn || insn.todo !== undefined) return -1;
    const key = insn.splitFields.reduce((bits, field) => (bits << field.width) | extract(word, field), 0);
    return this.handlerIndex.get(insn)!.get(key)!;
  }

  /** Assembly text; `.inst 0x…` for what is not known. */
  disassemble(word: number, address: bigint): string {
    const insn = this.row(word);
    const text = insn?.asm(fieldValues(insn, word), address);
    return text ?? `.inst 0x${(word >>> 0).toString(16).padStart(8, "0")}`;
  }
}

function fieldValues(insn: Insn<never>, word: number): Record<string, number> {
  const values: Record<string, number> = {};
  for (const field of insn.pattern.fields) values[field.name] = extract(word, field);
  return values;
}

function splitKey(insn: Insn<never>, fields: Readonly<Record<string, number>>): number {
  return insn.splitFields.reduce((key, f) => (key << f.width) | fields[f.name]!, 0);
}
