import type { Emitter, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { raise } from "./exceptions.ts";
import { state } from "./state.ts";
import { CR0, systemBit, systemMask } from "./system-state.ts";

/** Exceptions of x87 come before the next instruction that waits for them. Volume 1, 8.7; volume 3, 2.5. */

/** In the status word: ES, and B, its copy. */
export const PENDING = 0x8080;
const ES = 0x80;
const EXCEPTIONS = 0x3f;

/** Whether exceptions are pending follows from status and control. */
export function updatePending(e: Emitter): void {
  const status = e.read(state.fpuStatus);
  const pending = e.and(32, e.and(32, status, e.not(32, e.read(state.fpuControl))), e.i32(EXCEPTIONS));
  const bits = e.select(pending, e.i32(PENDING), e.i32(0));
  e.write(state.fpuStatus, e.or(32, e.and(32, status, e.i32(~PENDING)), bits));
}
/** Of the control word, bit 6 is always 1, and others are always 0. */
const [CONTROL_SET, CONTROL_BITS] = [0x40, 0x1f7f];
export function setControl(e: Emitter, value: Value): void {
  e.write(state.fpuControl, e.or(32, e.and(32, value, e.i32(CONTROL_BITS)), e.i32(CONTROL_SET)));
  updatePending(e);
}

/** CR0.EM or TS, or an exception that is pending → i32: 1 where it took an exception. */
const refuse: Routine<Emitter> = {
  name: "x87Refuse",
  params: ["i32"],
  result: "i32",
  accesses: true,
  body(e, closed) {
    const take = (vector: number): void => {
      e.call(raise, e.i32(vector), e.i32(0));
      e.return(e.i32(1));
    };
    e.if(closed!, () => take(EXCEPTION.NM));
    e.if(systemBit(e, "CR0", CR0.NE), () => take(EXCEPTION.MF));
    // As PCs had it before: the board makes an interrupt of it, and code goes on.
    e.host("floatingPointError");
    e.leave();
    return e.i32(0);
  },
};

/** A status word is loaded. As QEMU's, no other end of an exception than by one that says so ends FERR#. */
export function loadStatus(e: Emitter, status: Value): void {
  e.write(state.fpuStatus, status);
  e.if(e.eqz(32, e.and(32, status, e.i32(ES))), () => e.host("floatingPointErrorEnds"));
}

/** What instructions of x87 begin with. */
export function enterX87(e: X86): void {
  const closed = systemMask(e, "CR0", CR0.EM, CR0.TS);
  const pending = e.and(32, e.read(state.fpuStatus), e.i32(ES));
  e.if(e.or(32, closed, pending), () => e.attempt(refuse, closed));
}
/** What those begin with that do not wait. */
export function enterWithoutWaiting(e: X86): void {
  e.faultIf(systemMask(e, "CR0", CR0.EM, CR0.TS), EXCEPTION.NM);
}
/** A pending exception is taken. */
export function waitForX87(e: X86): void {
  e.if(e.and(32, e.read(state.fpuStatus), e.i32(ES)), () => e.attempt(refuse, e.i32(0)));
}
