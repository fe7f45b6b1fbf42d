import { defineState } from "../index.ts";

/** Index of the always-zero register and of the current stack pointer in `x`. */
export const ZERO_REGISTER = 31;
export const STACK_POINTER = 32;

/** The architectural state of one A64 core at EL1/EL0, as it lies in the state block. */
export const { layout, fields: state } = defineState({
  /** V0 to V31. */
  v: { size: 16, count: 32 },
  /** X0 to X30, then zero, then the current SP. */
  x: { size: 8, count: 33 },
  pc: { size: 8 },
  /** SP_EL0 and SP_EL1; the one in use lives in x[32] and its slot here is stale. */
  sp: { size: 8, count: 2 },
  /** The exclusive monitor: address, and the value loaded (low, high). */
  exclusiveAddress: { size: 8 },
  exclusiveValue: { size: 8, count: 2 },
  /** System registers that are plain storage; indices in system/registers.ts. */
  system: { size: 8, count: 96 },
  fpcr: { size: 4 },
  fpsr: { size: 4 },
  /** N, Z, C, V: a byte each, 0 or 1. */
  flags: { size: 1, count: 4 },
  /** PSTATE.DAIF as four bits, D = 8, A = 4, I = 2, F = 1. */
  daif: { size: 1 },
  /** PSTATE.EL, 0 or 1, and PSTATE.SP. */
  el: { size: 1 },
  spsel: { size: 1 },
  /** PSTATE.SS and PSTATE.IL. */
  singleStep: { size: 1 },
  illegalState: { size: 1 },
  /** Bytes the exclusive monitor guards; 0 when it is open. */
  exclusiveSize: { size: 1 },
  /** Why the last translation failed: fault status code (ISS.DFSC/IFSC), for `abort`. */
  faultStatus: { size: 4, derived: true },
  /** What EL0 and EL1 FP/SIMD instructions do now: 1 when they trap (CPACR_EL1.FPEN). */
  fpTrapped: { size: 1, derived: true },
});
