import type { Emitter, Routine, Value } from "../index.ts";
import { state, type SystemSlot } from "./state.ts";
import { bitOf, readSystem, systemBit } from "./system-state.ts";

/** Self-hosted debug (D2): when its exceptions are taken, and software step as the kernel uses it on programs and on itself. */

const MDSCR_SS = 0;
const MDSCR_KDE = 13;
export const MDSCR_MDE = 15;
export const WATCHPOINTS = 4;
const DAIF_D = 8;

/** Whether debug exceptions are taken from the current level: an i32. They are taken to EL1. */
export function debugExceptionsEnabled(e: Emitter): Value {
  const unmasked = e.eqz(32, e.and(32, e.read(state.daif), e.i32(DAIF_D)));
  const fromKernel = e.and(32, systemBit(e, "MDSCR_EL1", MDSCR_KDE), unmasked);
  const here = e.select(e.read(state.el), fromKernel, e.i32(1));
  // The OS Double Lock. The OS Lock masks nothing on QEMU 7.2, which looks at the wrong bit of OSLSR_EL1.
  return e.and(32, here, e.eqz(32, e.wrap(readSystem(e, "OSDLR_EL1"))));
}

export const stepActive = (e: Emitter): Value =>
  e.and(32, systemBit(e, "MDSCR_EL1", MDSCR_SS), debugExceptionsEnabled(e));

/** 0; 1: one instruction is stepped (active, not pending); 2: the exception comes first (active, pending). */
export const stepState: Routine<Emitter> = {
  name: "stepState",
  params: [],
  result: "i32",
  body(e) {
    e.if(e.eqz(32, stepActive(e)), () => e.return(e.i32(0)));
    e.write(state.loadedExclusive, e.i32(0));
    return e.sub(32, e.i32(2), e.read(state.singleStep));
  },
};

/** After anything that may begin a stepping: the engine asks for `stepState` before the next step. */
export function leaveIfStepping(e: Emitter): void {
  e.if(systemBit(e, "MDSCR_EL1", MDSCR_SS), () => e.leave());
}

/** Whether any watchpoint may hit at all, an i32: then every access is looked at. */
export function watchpointsEnabled(e: Emitter): Value {
  const all = Array.from({ length: WATCHPOINTS }, (_, n) => readSystem(e, `DBGWCR${n}_EL1` as SystemSlot));
  const any = all.reduce((a, b) => e.or(64, a, b));
  return e.and(32, systemBit(e, "MDSCR_EL1", MDSCR_MDE), bitOf(e, any, 0));
}
