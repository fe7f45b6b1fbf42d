import type { Insn, Row, SplitField } from "./insn.ts";
import { extract } from "./pattern.ts";

/** What decoding says of one instruction. */
export interface Decoded<E = unknown> {
  readonly row: Row<E>;
  /** Values of what is split. */
  readonly splits: Readonly<Record<string, number>>;
  /** Of all else, by name. */
  readonly fields: Readonly<Record<string, number>>;
  /** Bytes. */
  readonly length: number;
}

/** One interpreter function: a row with its split fields fixed. */
export interface Handler<E = unknown, R extends Row<E> = Insn<E>> {
  readonly insn: R;
  readonly split: Readonly<Record<string, number>>;
}

/** All handlers of a table, in order: rows first, then split values counting up (first split field slowest). */
export function enumerateHandlers<E, R extends Row<E> = Insn<E>>(instructions: readonly R[]): Handler<E, R>[] {
  const handlers: Handler<E, R>[] = [];
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

/** Numbers of the handlers of each row, by the key of their split values. */
export function indexHandlers<R extends Row<never>>(
  handlers: readonly { readonly insn: R; readonly split: Readonly<Record<string, number>> }[],
): ReadonlyMap<R, ReadonlyMap<number, number>> {
  const byRow = new Map<R, Map<number, number>>();
  handlers.forEach(({ insn, split }, index) => {
    const ofRow = byRow.get(insn) ?? new Map<number, number>();
    byRow.set(insn, ofRow.set(splitKey(insn.splitFields, split), index));
  });
  return byRow;
}

export function splitKey(fields: readonly SplitField[], values: Readonly<Record<string, number>>): number {
  return fields.reduce((key, { name, width }) => (key << width) | values[name]!, 0);
}

function splitValues(insn: Row<never>, n: number, bits: number): Record<string, number> {
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
const COARSE_SHIFT = 28;

/** A row as it is looked for. Millions of words are decoded: nothing is made on the way. */
interface Candidate<E> {
  readonly insn: Insn<E>;
  readonly mask: number;
  readonly value: number;
  /** Room for the values of the word in question. */
  readonly fields: Record<string, number>;
  /** By the values of the split fields. */
  readonly handlers: ReadonlyMap<number, number>;
}

const WORD_BYTES = 4;

/** Finds the row and the handler of an instruction word. */
export class Decoder<E = unknown> {
  readonly handlers: readonly Handler<E>[];
  private readonly buckets: (readonly Candidate<E>[])[] = [];

  constructor(instructions: readonly Insn<E>[]) {
    this.handlers = enumerateHandlers(instructions);
    const byRow = indexHandlers(this.handlers);
    const all = instructions.map((insn): Candidate<E> => {
      const { mask, value } = insn.pattern;
      const handlers = byRow.get(insn) ?? new Map<number, number>();
      return { insn, mask: mask | 0, value: value | 0, fields: fieldValues(insn, 0), handlers };
    });
    let coarse: readonly Candidate<E>[] = [];
    for (let top = 0; top < 2 ** (32 - INDEX_SHIFT); top++) {
      const word = top << INDEX_SHIFT;
      if (word << (32 - COARSE_SHIFT) === 0) coarse = matching(all, word, -1 << COARSE_SHIFT);
      this.buckets.push(matching(coarse, word, -1 << INDEX_SHIFT));
    }
  }

  private find(word: number): Candidate<E> | undefined {
    for (const candidate of this.buckets[word >>> INDEX_SHIFT]!) {
      if ((word & candidate.mask) !== candidate.value) continue;
      const { insn, fields } = candidate;
      if (!insn.restricted) return candidate;
      for (const field of insn.pattern.fields) fields[field.name] = extract(word, field);
      if (insn.splits(fields) && insn.allocated(fields)) return candidate;
    }
    return undefined;
  }

  /** The allocated row of a word, described or not; undefined when the word is unallocated. */
  row(word: number): Insn<E> | undefined {
    return this.find(word)?.insn;
  }

  /** Index into `handlers`, or -1 for an unallocated or not yet described word. */
  handler(word: number): number {
    const found = this.find(word);
    if (!found || found.insn.todo !== undefined) return -1;
    let key = 0;
    for (const field of found.insn.splitFields) key = (key << field.width) | extract(word, field);
    return found.handlers.get(key)!;
  }

  /** Undefined for an unallocated or not yet described word. */
  decode(word: number): Decoded<E> | undefined {
    const row = this.row(word);
    if (!row || row.todo !== undefined) return undefined;
    const { splits, fields } = wordFields(row, word);
    return { row, splits, fields, length: WORD_BYTES };
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

/** What a word says as this row. */
export function wordFields(insn: Insn<never>, word: number): Pick<Decoded, "splits" | "fields"> {
  const split = new Set(insn.splitFields.map(({ name }) => name));
  const values = Object.entries(fieldValues(insn, word));
  return {
    splits: Object.fromEntries(values.filter(([name]) => split.has(name))),
    fields: Object.fromEntries(values.filter(([name]) => !split.has(name))),
  };
}

/** Those that a word with these `known` bits may be. */
function matching<E>(candidates: readonly Candidate<E>[], word: number, known: number): Candidate<E>[] {
  return candidates.filter(({ mask, value }) => ((word ^ value) & mask & known) === 0);
}
