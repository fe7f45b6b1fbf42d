/**
 * Bit patterns of 32-bit instruction words, most significant bit first:
 *
 *     "sf:1 op:1 S:1 100010 sh:1 imm12:12 rn:5 rd:5"
 *
 * A token is a run of literal bits (`0`, `1`, or `x` for a bit that does not matter) or `name:width`.
 */

type Token<T extends string> = T extends `${infer Name}:${string}` ? Name : never;
type Tokens<P extends string> = P extends `${infer Head} ${infer Rest}` ? Token<Head> | Tokens<Rest> : Token<P>;

/** The field names of a pattern, as a union of string literals. */
export type FieldNames<P extends string> = Tokens<P>;

export interface FieldSpec {
  readonly name: string;
  /** Bit number of the field's least significant bit. */
  readonly lsb: number;
  readonly width: number;
}

/** How a row is written down, and what of an instruction is read when it runs. */
export interface Notation {
  readonly text: string;
  readonly fields: readonly FieldSpec[];
}

export interface Pattern extends Notation {
  /** Bits that are fixed, and their values, as unsigned 32-bit numbers. */
  readonly mask: number;
  readonly value: number;
}

export function parsePattern(text: string): Pattern {
  let bit = 32;
  let mask = 0;
  let value = 0;
  const fields: FieldSpec[] = [];
  for (const token of text.trim().split(/\s+/)) {
    const field = /^(\w+):(\d+)$/.exec(token);
    if (field) {
      const width = Number(field[2]);
      bit -= width;
      fields.push({ name: field[1]!, lsb: bit, width });
    } else {
      if (!/^[01x]+$/.test(token)) throw new Error(`pattern "${text}": bad token "${token}"`);
      for (const c of token) {
        bit--;
        if (c === "x") continue;
        mask |= 1 << bit;
        if (c === "1") value |= 1 << bit;
      }
    }
  }
  if (bit !== 0) throw new Error(`pattern "${text}" has ${32 - bit} bits, not 32`);
  return { text, mask: mask >>> 0, value: value >>> 0, fields };
}

/** The value of a field in an instruction word, zero-extended. */
export function extract(word: number, field: FieldSpec): number {
  return (word >>> field.lsb) & (field.width === 32 ? -1 : (1 << field.width) - 1);
}
