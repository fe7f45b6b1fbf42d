import { assert } from "../base/index.ts";

export interface StateField {
  readonly name: string;
  /** Bytes of one element. */
  readonly size: 1 | 2 | 4 | 8 | 16;
  readonly count: number;
  /** Byte offset of element 0 in the state block. */
  readonly offset: number;
  /** Recomputable from the other fields: not saved, not hashed. */
  readonly derived: boolean;
}

export type FieldShape = { readonly size: 1 | 2 | 4 | 8 | 16; readonly count?: number; readonly derived?: boolean };

export interface StateLayout {
  readonly name: string;
  /** Of the saved fields: when they change, it gets the next number. It does not stand in the bytes. */
  readonly version: number;
  readonly fields: readonly StateField[];
  /** Bytes [0, saved) are the architectural state: saved and hashed as they stand. Derived fields follow. */
  readonly savedBytes: number;
  readonly totalBytes: number;
}

/** Lays fields out by falling size, saved ones first, so that every element is aligned to its size. */
export function defineState<const S extends Record<string, FieldShape>>(
  name: string,
  version: number,
  shapes: S,
): { readonly layout: StateLayout; readonly fields: { readonly [K in keyof S]: StateField } } {
  const ordered = Object.entries(shapes).sort(
    ([, a], [, b]) => Number(a.derived ?? false) - Number(b.derived ?? false) || b.size - a.size,
  );
  let offset = 0;
  let savedBytes = 0;
  const fields: StateField[] = [];
  for (const [field, { size, count = 1, derived = false }] of ordered) {
    offset = Math.ceil(offset / size) * size;
    fields.push({ name: field, size, count, offset, derived });
    offset += size * count;
    if (!derived) savedBytes = offset;
  }
  assert(offset <= 4096, "the state block is one page");
  const byName = Object.fromEntries(fields.map((f) => [f.name, f]));
  return {
    layout: { name, version, fields, savedBytes, totalBytes: offset },
    fields: byName as { [K in keyof S]: StateField },
  };
}
