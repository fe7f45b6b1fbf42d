import type { FieldSpec, Value } from "../../isa/index.ts";
import type { FunctionBuilder } from "../../wasm/index.ts";

/** What a form needs of the lowering that it adds code with. */
export interface CodeLowering {
  readonly f: FunctionBuilder;
  constant(type: "i32" | "i64", value: number | bigint): Value;
  op(name: string, ...operands: readonly Value[]): Value;
  peek32(address: number): Value;
  poke32(address: number, value: Value | number): void;
  peek64(address: number): Value;
  poke64(address: number, value: Value): void;
}

/** An entry that may not be there. */
export interface NearEntry {
  readonly entry: Value;
  /** Not zero where there is one; undefined where there always is. */
  readonly exists?: Value;
}

/**
 * How generated code reaches predecoded code. Entries begin alike in all forms: the handler (u16), and the times reached
 * or the number of a region's entry (u16). A "code" (i32) is what the fetch TLB knows of a page.
 */
export interface CodeForm {
  readonly entryBytes: number;
  /** From an entry to the u16 that tells its instruction's own handler, whatever the entry names; valid while that is not 0. */
  readonly ownHandler: number;
  /** Bits of an address that tell apart what can be an instruction's. */
  readonly tagMask: number;
  /** Address (i64) of the instruction at a code address of the page in execution. */
  pc(low: CodeLowering, ip: Value): Value;
  /** Reads an entry's operand fields, as i32. */
  operands(low: CodeLowering, entry: Value): (field: FieldSpec) => Value;
  /** The entry of an address, given by its low 32 bits, in the page of this code; 0 where there is none yet. */
  entryAt(low: CodeLowering, code: Value, address: Value): Value;
  /** A page is entered: `page` is its virtual address (i64). */
  enterPage(low: CodeLowering, code: Value, page: Value): void;
  /** The entry that a branch inside the page in execution leads to. */
  near(low: CodeLowering, from: Value, displacement: Value, target: Value): NearEntry;
  /** Where the virtual page that last led to this code is noted (i64), with bit 0 set; 0: none did. */
  fetched(low: CodeLowering, code: Value): { readonly pointer: Value; readonly offset: number };
}
