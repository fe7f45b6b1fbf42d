export { type FieldNames, type FieldSpec, type Pattern, parsePattern, extract } from "./pattern.ts";
export type {
  AccessBits,
  AccessOptions,
  BranchOptions,
  FlagsOrigin,
  Lowering,
  Operand,
  PortBits,
  Routine,
  Value,
  ValueType,
  Variable,
} from "./lowering.ts";
export { Emitter, type Immediate, type Width } from "./emitter.ts";
export { type BoundFields, type FieldValues, type Insn, type InsnOptions, type Rows, rows } from "./insn.ts";
export { defineState, type StateField, type StateLayout } from "./state.ts";
export * from "./guest.ts";
export { Decoder, enumerateHandlers, findOverlaps, type Handler } from "./decode.ts";
export { evaluate, type EvaluatedState } from "./evaluate.ts";
