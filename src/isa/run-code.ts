import { assert } from "../base/index.ts";
import { type Decoded, enumerateHandlers, type Handler, indexHandlers, splitKey } from "./decode.ts";
import type { Row } from "./insn.ts";
import type { Operand } from "./lowering.ts";
import type { FieldSpec } from "./pattern.ts";

/** How instructions of many lengths are found; see Guest.code. */
export interface RunCode<E = unknown> {
  /** Bytes of the longest instruction: at most 15. */
  readonly maxLength: number;
  /** The same bytes may say something else in each mode; modes count from 0. */
  readonly modes: number;
  /**
   * The instruction that these bytes begin with; undefined when it goes on behind them, which `maxLength` bytes never
   * do. What is unallocated is an instruction, too: the row that says what becomes of it.
   */
  decode(bytes: Uint8Array, mode: number): Decoded<E> | undefined;
}

/** Room for the fields of one instruction: words of 32 bits, which no field crosses. */
export const RUN_FIELD_WORDS = 3;

export type RunFields<F extends Record<string, number>, S extends Record<string, number>> = {
  readonly [K in keyof F]: Operand;
} & { readonly [K in keyof S]: number };

/**
 * A row of a guest whose instructions have many lengths. `text`: how the manual writes it, unlike any other row's.
 * `splits` and `fields`: widths in bits; where an instruction has them is its decoder's to know.
 */
export function runRow<E, const F extends Record<string, number>, const S extends Record<string, number>>(
  name: string,
  text: string,
  {
    splits,
    fields,
    exists,
  }: { splits: S; fields: F; exists?: (split: { readonly [K in keyof S]: number }) => boolean },
  semantics: (e: E, fields: RunFields<F, S>) => void,
): Row<E> {
  return {
    name,
    pattern: { text, fields: placed(fields) },
    splitFields: Object.entries(splits).map(([field, width]) => ({ name: field, width })),
    todo: undefined,
    splits: (split) => exists?.(split as { readonly [K in keyof S]: number }) ?? true,
    asm: () => undefined,
    semantics: semantics as Row<E>["semantics"],
  };
}

/** Wide ones first, each in the first word that has room: whole bytes stay whole bytes. */
function placed(fields: Readonly<Record<string, number>>): FieldSpec[] {
  const used = new Array<number>(RUN_FIELD_WORDS).fill(0);
  return Object.entries(fields)
    .sort(([, a], [, b]) => b - a)
    .map(([name, width]) => {
      const word = used.findIndex((bits) => bits + width <= 32);
      assert(word >= 0, `no room for the field ${name}`);
      const lsb = word * 32 + used[word]!;
      used[word]! += width;
      return { name, lsb, width };
    });
}

/** The handlers of a table of rows, and which one an instruction has. */
export class RunHandlers<E = unknown> {
  readonly handlers: readonly Handler<E, Row<E>>[];
  private readonly byRow: ReadonlyMap<Row<E>, ReadonlyMap<number, number>>;

  constructor(rows: readonly Row<E>[]) {
    this.handlers = enumerateHandlers<E, Row<E>>(rows);
    this.byRow = indexHandlers(this.handlers);
  }

  /** Index into `handlers`. */
  handler({ row, splits }: Decoded<E>): number {
    const handler = this.byRow.get(row)?.get(splitKey(row.splitFields, splits));
    assert(handler !== undefined, `${row.name} has no handler for ${JSON.stringify(splits)}`);
    return handler;
  }
}

/** An instruction's fields as an entry of predecoded code has them. */
export function packFields({ row, fields }: Decoded<never>, into: Uint32Array): void {
  into.fill(0);
  for (const { name, lsb, width } of row.pattern.fields) {
    const value = width === 32 ? fields[name]! : fields[name]! & ((1 << width) - 1);
    into[lsb >> 5]! |= value << (lsb & 31);
  }
}
