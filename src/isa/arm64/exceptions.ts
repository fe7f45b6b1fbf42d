import type { Routine } from "../index.ts";
import type { A64 } from "./emitter.ts";

/** (ec i32, iss i32): synchronous exception to EL1, returning to the instruction itself. Manual D1.10. */
export const raise: Routine<A64> = {
  name: "raise",
  params: ["i32", "i32"],
  result: undefined,
  body() {
    throw new Error("not written yet");
  },
};

/** (ec i32, iss i32): synchronous exception to EL1, returning to the next instruction. */
export const raiseReturning: Routine<A64> = {
  name: "raiseReturning",
  params: ["i32", "i32"],
  result: undefined,
  body() {
    throw new Error("not written yet");
  },
};
