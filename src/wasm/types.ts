import binaryen from "binaryen";
import type { ValueType } from "../isa/index.ts";

export function typeOf(type: ValueType | undefined): binaryen.Type {
  return type ? binaryen[type] : binaryen.none;
}

/** Several values as one type: a function's parameters. */
export function typesOf(types: readonly ValueType[]): binaryen.Type {
  return binaryen.createType(types.map(typeOf));
}
