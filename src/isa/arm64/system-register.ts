import type { Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import type { SystemSlot } from "./state.ts";

/** op0, op1, CRn, CRm, op2. */
export type Encoding = readonly [number, number, number, number, number];

/** Whether EL0 may: an i32, 0 traps to EL1 (EC 0x18). */
export type Gate = (e: A64) => Value;

/** One system register: what MRS and MSR do. A missing `read` or `write` is an undefined instruction. */
export interface SystemRegister {
  readonly name: string;
  readonly encoding: Encoding;
  readonly read?: (e: A64) => Value;
  readonly write?: (e: A64, value: Value) => void;
  /** Accesses that EL0 may make at all; the others are undefined there. */
  readonly el0Read?: Gate;
  readonly el0Write?: Gate;
  /** Undefined at EL1 in some state: an i32. */
  readonly undefinedWhen?: (e: A64) => Value;
  readonly slot?: SystemSlot;
  /** Value of the slot at power-on. */
  readonly reset?: bigint;
}
