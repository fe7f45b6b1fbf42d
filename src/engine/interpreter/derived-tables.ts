import { assert } from "../../base/index.ts";
import type { FieldSpec } from "../../isa/index.ts";
import { TABLES, TABLES_END } from "../layout.ts";

const MAX_BITS = 13;

/** Tables behind `derive`: one i64 per combination of operand values, shared where the content is the same. */
export class DerivedTables {
  private used = TABLES;
  private readonly byContent = new Map<string, number>();
  readonly segments: { readonly offset: number; readonly data: Uint8Array }[] = [];

  /** Address of the table of `compute` over all values of the operands, the first operand's bits highest. */
  address(operands: readonly FieldSpec[], compute: (...values: number[]) => bigint): number {
    const bits = operands.reduce((sum, o) => sum + o.width, 0);
    assert(bits <= MAX_BITS, `derive over ${bits} bits`);
    const table = new BigUint64Array(2 ** bits);
    for (let n = 0; n < table.length; n++) {
      let left = bits;
      const values = operands.map((o) => (n >>> (left -= o.width)) & (2 ** o.width - 1));
      table[n] = BigInt.asUintN(64, compute(...values));
    }
    const data = new Uint8Array(table.buffer);
    const key = table.join();
    const known = this.byContent.get(key);
    if (known !== undefined) return known;
    const offset = this.used;
    this.used += data.length;
    assert(this.used <= TABLES_END, "derived tables are full");
    this.byContent.set(key, offset);
    this.segments.push({ offset, data });
    return offset;
  }
}
