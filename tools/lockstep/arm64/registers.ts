import type { RegisterSet } from "../registers.ts";

export const SP = 31;
export const PC = 32;
export const PSTATE = 33;

/** x0 to x30, sp, pc, PSTATE. */
export const registers: RegisterSet = {
  names: [...Array.from({ length: 31 }, (_, n) => `x${n}`), "sp", "pc", "pstate"],
  pc: PC,
};
