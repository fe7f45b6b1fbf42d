import { type Aml, integer } from "./encoding.ts";
import { nameString } from "./names.ts";

/** What an operator takes: a piece, a number as a constant, or a name in ASL's notation. */
export type Operand = Aml | number | string;

export function operand(value: Operand): Aml {
  if (typeof value === "number") return integer(value);
  return typeof value === "string" ? nameString(value) : value;
}
