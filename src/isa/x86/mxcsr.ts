import type { Emitter, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { state, systemSlot } from "./state.ts";

/** MXCSR, and what its exceptions come to. Volume 1, section 10.2.3. */

/** Flags: invalid, denormal, division by zero, overflow, underflow, precision. Their masks stand 7 bits further up. */
export const [IE, DE, ZE, OE, UE, PE] = [1, 2, 4, 8, 16, 32] as const;
export const DAZ = 1 << 6;
export const MASK_LSB = 7;
const ROUNDING_LSB = 13;
export const FTZ = 1 << 15;
/** Bits that are not reserved. */
export const MXCSR_MASK = 0xffff;
const BEFORE_COMPUTATION = IE | DE | ZE;

const OSXMMEXCPT = 1 << 10;

export const mxcsrBits = (e: Emitter, bits: number): Value => e.and(32, e.read(state.mxcsr), e.i32(bits));
/** 0 to 3: to nearest, down, up, towards zero. */
export const rounding = (e: Emitter): Value => e.and(32, e.shrU(32, e.read(state.mxcsr), ROUNDING_LSB), e.i32(3));

/** Notes a flag of the instruction in execution, where the i32 is 1. */
export function noteIf(e: Emitter, flag: number, condition: Value): void {
  e.write(state.simdFlags, e.or(32, e.read(state.simdFlags), e.mul(32, condition, e.i32(flag))));
}
export function note(e: Emitter, flags: number | Value): void {
  const value = typeof flags === "number" ? e.i32(flags) : flags;
  e.write(state.simdFlags, e.or(32, e.read(state.simdFlags), value));
}

/** () → the vector of the exception that the flags noted come to, 0 if they are masked. MXCSR has them, either way. */
const settle: Routine<Emitter> = {
  name: "settleSimdFlags",
  params: [],
  result: "i32",
  body(e) {
    const mxcsr = e.read(state.mxcsr);
    const noted = e.read(state.simdFlags);
    const unmasked = e.and(32, noted, e.not(32, e.shrU(32, mxcsr, MASK_LSB)));
    // What is refused before it is computed has no result that could be inexact.
    const early = e.and(32, unmasked, e.i32(BEFORE_COMPUTATION));
    const flags = e.select(early, e.and(32, noted, e.i32(BEFORE_COMPUTATION)), noted);
    e.write(state.mxcsr, e.or(32, mxcsr, flags));
    e.if(e.eqz(32, unmasked), () => e.return(e.i32(0)));
    const told = e.and(32, e.wrap(e.read(state.system, systemSlot["CR4"]!)), e.i32(OSXMMEXCPT));
    return e.select(told, e.i32(EXCEPTION.XM), e.i32(EXCEPTION.UD));
  },
};

/** Computes with flags: they reach MXCSR, and what is not masked ends the step before anything is written. */
export function withFlags(e: X86, compute: () => void): void {
  e.write(state.simdFlags, e.i32(0));
  compute();
  const vector = e.call(settle);
  e.faultIf(vector, vector);
}

/** 1 when numbers are rounded to nearest, and another inexact result changes nothing. */
export function isSettled(e: Emitter): Value {
  const wanted = PE | (PE << MASK_LSB);
  return e.eq(32, mxcsrBits(e, wanted | (3 << ROUNDING_LSB)), e.i32(wanted));
}
