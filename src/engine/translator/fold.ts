import { evaluateOp, integer } from "../../isa/evaluate-op.ts";
import type { ValueType } from "../../isa/index.ts";

/** A constant of generated code; floats are never folded, so that their bits stay what the engine's CPU makes them. */
export interface Constant {
  readonly type: "i32" | "i64";
  /** Unsigned. */
  readonly value: bigint;
}

/** The result of an integer instruction on constants; undefined where it cannot be known or would trap. */
export function fold(name: string, operands: readonly (Constant | undefined)[]): Constant | undefined {
  if (!/^i(32|64)\./.test(name) || /_f(32|64)/.test(name)) return undefined;
  if (!operands.every((o): o is Constant => o !== undefined)) return undefined;
  if (/\.(div|rem)_/.test(name)) return undefined;
  const result = evaluateOp(
    name,
    operands.map((o) => integer(o.type, o.value)),
    [],
  );
  return result.type === "v128" ? undefined : { type: result.type, value: result.value };
}

export const isInteger = (type: ValueType): type is "i32" | "i64" => type === "i32" || type === "i64";
