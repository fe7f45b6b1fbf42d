export { type FieldSpec, extract } from "./pattern.ts";
export type {
  AccessBits,
  AccessOptions,
  BranchOptions,
  FlagsOrigin,
  Lowering,
  Operand,
  PartBits,
  PortBits,
  Routine,
  Value,
  ValueType,
  Variable,
} from "./lowering.ts";
export { Emitter, type Immediate, type Width } from "./emitter.ts";
export { bindFields, type Insn, type Row, type Rows, rows } from "./insn.ts";
export { defineState, type StateField, type StateLayout } from "./state.ts";
export * from "./guest.ts";
export { type Decoded, Decoder, enumerateHandlers, findOverlaps, type Handler } from "./decode.ts";
export type { DebugView } from "./debug-view.ts";
export { evaluate, type EvaluatedState } from "./evaluate.ts";
export { packFields, RUN_FIELD_WORDS, type RunCode, RunHandlers, runRow } from "./run-code.ts";
