import type { Emitter, Routine } from "../index.ts";
import { state } from "./state.ts";

/** (vector, error code): takes an exception of the instruction in execution; sets `pc`. */
export const raise: Routine<Emitter> = {
  name: "raise",
  params: ["i32", "i32"],
  result: undefined,
  body(e, vector, error) {
    e.write(state.faultVector, vector!);
    e.write(state.faultError, error!);
    e.write(state.pc, e.pc());
    e.write(state.halted, e.i32(2));
    e.wait();
  },
};
