import type { Value } from "../../isa/index.ts";
import { InstructionLowering } from "../interpreter/instruction-lowering.ts";
import { type Constant, fold, isInteger } from "./fold.ts";

/** Instructions with constants in them: what can be computed now is. */
export abstract class FoldingLowering extends InstructionLowering {
  protected constantValue(value: Value): Constant | undefined {
    const constant = this.f.constantOf(value);
    if (constant === undefined || !isInteger(value.type)) return undefined;
    return { type: value.type, value: BigInt.asUintN(value.type === "i32" ? 32 : 64, BigInt(constant)) };
  }

  override op(name: string, ...operands: readonly (Value | number | readonly number[])[]): Value {
    const values = operands.filter((o): o is Value => typeof o === "object" && "type" in o);
    if (values.length === operands.length) {
      const constants = values.map((v) => this.constantValue(v));
      const folded = constants.includes(undefined) ? undefined : fold(name, constants);
      if (folded) return this.constant(folded.type, folded.value);
    }
    return super.op(name, ...operands);
  }

  override constant(type: "i32" | "i64" | "f32" | "f64", value: number | bigint): Value {
    return super.constant(type, type === "i32" ? Number(BigInt.asIntN(32, BigInt(value))) : value);
  }

  override select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    const known = this.constantValue(condition);
    if (known) return known.value !== 0n ? ifTrue : ifFalse;
    return super.select(condition, ifTrue, ifFalse);
  }

  /** An index as a number, where it is known. */
  protected plain(index: number | Value): number | Value {
    if (typeof index === "number") return index;
    const known = this.constantValue(index);
    return known ? Number(known.value) : index;
  }
}
