import type { Operand } from "./lowering.ts";
import { type FieldNames, type FieldSpec, type Notation, parsePattern, type Pattern } from "./pattern.ts";

/** Fields as a semantic function sees them: split ones are numbers, all others opaque. */
export type BoundFields<P extends string, S extends string> = {
  readonly [K in FieldNames<P>]: K extends S ? number : Operand;
};
/** All fields as numbers: for decoding and disassembly. */
export type FieldValues<P extends string> = { readonly [K in FieldNames<P>]: number };
export type Splits<S extends string> = { readonly [K in S]: number };

export interface InsnOptions<P extends string, S extends string> {
  /** Which split values exist; the others are not generated and decode as unallocated. */
  readonly splits?: (split: Splits<S>) => boolean;
  /** Whether a word of this pattern is allocated at all; asked when decoding. */
  readonly allocated?: (fields: FieldValues<P>) => boolean;
  /** Rows that overlap must name the same group; there, the row defined first wins. */
  readonly overlap?: string;
  /** Assembly text; `address` is the instruction's own. */
  readonly asm?: (fields: FieldValues<P>, address: bigint) => string;
}

/** A value that is known when code is generated, in both engines. */
export interface SplitField {
  readonly name: string;
  /** Bits. */
  readonly width: number;
}

/** One row of an instruction table, however its instructions are cut and found. `E` is the guest's emitter. */
export interface Row<E = unknown> {
  /** The manual's name. */
  readonly name: string;
  readonly pattern: Notation;
  readonly splitFields: readonly SplitField[];
  /** Why the row is not implemented; it decodes as undefined until it is. */
  readonly todo: string | undefined;
  /** Which split values exist; the others are not generated and decode as unallocated. */
  splits(split: Record<string, number>): boolean;
  /** `fields`: the split ones, too. */
  asm(fields: Record<string, number>, address: bigint): string | undefined;
  semantics(e: E, fields: Record<string, number | Operand>): void;
}

/** A row of a guest whose instructions are words of 4 bytes. */
export interface Insn<E = unknown> extends Row<E> {
  readonly pattern: Pattern;
  readonly splitFields: readonly FieldSpec[];
  readonly overlap: string | undefined;
  /** Whether `splits` or `allocated` may say no: only then must they be asked. */
  readonly restricted: boolean;
  allocated(fields: Record<string, number>): boolean;
}

/** What a semantic function is given: numbers for what is split, operands for all else. */
export function bindFields({ pattern }: Row<never>, splits: Readonly<Record<string, number>>): BoundRow {
  return {
    ...Object.fromEntries(pattern.fields.map((field) => [field.name, splits[field.name] ?? { operand: field }])),
    ...splits,
  };
}

export type BoundRow = Record<string, number | Operand>;

/** `insn` and `todo`, bound to a guest's emitter type. */
export interface Rows<E> {
  insn<P extends string, const S extends FieldNames<P>>(
    name: string,
    pattern: P,
    split: readonly S[],
    semantics: (e: E, fields: BoundFields<P, S>) => void,
    options?: InsnOptions<P, S>,
  ): Insn<E>;
  /** A row of the manual that is not described yet, with the reason. */
  todo<P extends string>(
    name: string,
    pattern: P,
    why: string,
    options?: Pick<InsnOptions<P, never>, "overlap" | "asm" | "allocated">,
  ): Insn<E>;
}

export function rows<E>(): Rows<E> {
  function insn<P extends string, const S extends FieldNames<P>>(
    name: string,
    pattern: P,
    split: readonly S[],
    semantics: (e: E, fields: BoundFields<P, S>) => void,
    options: InsnOptions<P, S> = {},
  ): Insn<E> {
    const parsed = parsePattern(pattern);
    return {
      name,
      pattern: parsed,
      splitFields: split.map((s) => {
        const field = parsed.fields.find((f) => f.name === s);
        if (!field) throw new Error(`${name}: no field ${s}`);
        return field;
      }),
      overlap: options.overlap,
      todo: undefined,
      restricted: options.splits !== undefined || options.allocated !== undefined,
      splits: (s) => options.splits?.(s as Splits<S>) ?? true,
      allocated: (f) => options.allocated?.(f as FieldValues<P>) ?? true,
      asm: (f, at) => options.asm?.(f as FieldValues<P>, at),
      semantics: semantics as Insn<E>["semantics"],
    };
  }

  function todo<P extends string>(
    name: string,
    pattern: P,
    why: string,
    options: Pick<InsnOptions<P, never>, "overlap" | "asm" | "allocated"> = {},
  ): Insn<E> {
    return { ...insn<P, never>(name, pattern, [], () => {}, options), todo: why };
  }
  return { insn, todo };
}
