import type { Emitter, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { addressOf, effectiveOf, type MemFields } from "./simd.ts";
import { CS, state } from "./state.ts";
import { ipOf } from "./system-state.ts";
import { enterX87, updatePending } from "./x87-pending.ts";

/** x87's registers and status, and what all its instructions have in common. Volume 1, chapter 8. */

/** Exceptions of the status word: invalid, denormal, division by zero, overflow, underflow, precision; then the stack's. */
export const [IE, DE, ZE, OE, UE, PE, SF] = [1, 2, 4, 8, 16, 32, 64] as const;
/** What refuses its instruction where it is not masked, before anything is computed. */
const BEFORE = IE | DE | ZE;
export const [C0, C1, C2, C3] = [0x100, 0x200, 0x400, 0x4000] as const;
export const CONDITIONS = C0 | C1 | C2 | C3;
const TOP_LSB = 11;
const TOP = 7 << TOP_LSB;

const QUIET = 1n << 62n;
export const LEAD = 1n << 63n;
export const MAX_EXPONENT = 0x7fff;
export const BIAS = 0x3fff;

/** A number as a register has it. */
export interface Extended {
  /** Sign, bit 15, and exponent: an i32. */
  readonly head: Value;
  /** An i64. */
  readonly significand: Value;
}

/** The NaN that comes of what is invalid. */
export const indefinite = (e: Emitter): Extended => ({ head: e.i32(0xffff), significand: e.i64(LEAD | QUIET) });
export const signOf = (e: Emitter, { head }: Extended): Value => e.shrU(32, head, 15);
export const exponentOf = (e: Emitter, { head }: Extended): Value => e.and(32, head, e.i32(MAX_EXPONENT));
export const signed = (e: Emitter, sign: Value, exponent: Value): Value => e.or(32, e.shl(32, sign, 15), exponent);

// The stack
/** Number of the physical register that ST(n) is. */
export function physical(e: Emitter, n: Value | number): Value {
  const top = e.shrU(32, e.read(state.fpuStatus), TOP_LSB);
  return e.and(32, e.add(32, top, typeof n === "number" ? e.i32(n) : n), e.i32(7));
}
export function st(e: Emitter, n: Value | number): Extended {
  const register = physical(e, n);
  return { head: e.read(state.exponent, register), significand: e.read(state.significand, register) };
}
export const isEmpty = (e: Emitter, n: Value | number): Value => e.read(state.fpuEmpty, physical(e, n));
export function setSt(e: Emitter, n: Value | number, { head, significand }: Extended): void {
  const register = physical(e, n);
  e.write(state.exponent, head, register);
  e.write(state.significand, significand, register);
  e.write(state.fpuEmpty, e.i32(0), register);
}
/** TOP moves by so many registers. */
export function turn(e: Emitter, by: number): void {
  const status = e.read(state.fpuStatus);
  const top = e.and(32, e.add(32, status, e.i32(by << TOP_LSB)), e.i32(TOP));
  e.write(state.fpuStatus, e.or(32, e.and(32, status, e.i32(~TOP)), top));
}
export function pop(e: Emitter): void {
  e.write(state.fpuEmpty, e.i32(1), physical(e, 0));
  turn(e, 1);
}
/** `pops`: an i32, 0 to 2. */
export function popTimes(e: Emitter, pops: Value): void {
  e.if(pops, () => pop(e));
  e.if(e.and(32, pops, e.i32(2)), () => pop(e));
}

// What an instruction notes
export const begin = (e: Emitter): void => e.write(state.fpuNoted, e.i32(0));
export function note(e: Emitter, bits: number | Value): void {
  const value = typeof bits === "number" ? e.i32(bits) : bits;
  e.write(state.fpuNoted, e.or(32, e.read(state.fpuNoted), value));
}
export const noteIf = (e: Emitter, bits: number, condition: Value): void => note(e, e.mul(32, condition, e.i32(bits)));
export const setResult = (e: Emitter, { head, significand }: Extended): void => {
  e.write(state.fpuResultExponent, head);
  e.write(state.fpuResult, significand);
};
export const result = (e: Emitter): Extended => ({
  head: e.read(state.fpuResultExponent),
  significand: e.read(state.fpuResult),
});
/** Invalid, and nothing else: the result is the indefinite NaN. */
export function invalid(e: Emitter, more = 0): void {
  e.write(state.fpuNoted, e.i32(IE | more));
  setResult(e, indefinite(e));
}
/** A register that should have a number has none. */
export const underflow = (e: Emitter): void => invalid(e, SF);
/** One that should be empty is not. */
export const overflow = (e: Emitter): void => invalid(e, SF | C1);

// The control word
export const masked = (e: Emitter, exception: number): Value => e.and(32, e.read(state.fpuControl), e.i32(exception));
/** 0 to 3: to nearest, down, up, towards zero. */
export const rounding = (e: Emitter): Value => e.and(32, e.shrU(32, e.read(state.fpuControl), 10), e.i32(3));
/** How many bits of a significand precision control cuts off. */
export function precisionCut(e: Emitter): Value {
  const control = e.and(32, e.shrU(32, e.read(state.fpuControl), 8), e.i32(3));
  return e.select(control, e.select(e.eq(32, control, e.i32(2)), e.i32(11), e.i32(0)), e.i32(40));
}

/** (conditions that are written) → i32: 1 where the result is written. What was noted reaches the status word. */
const settleNoted: Routine<Emitter> = {
  name: "x87Settle",
  params: ["i32"],
  result: "i32",
  beside: true,
  body(e, written) {
    const noted = e.read(state.fpuNoted);
    const early = e.and(32, e.and(32, noted, e.not(32, e.read(state.fpuControl))), e.i32(BEFORE));
    // Nothing was rounded then, and there is no quotient.
    const cleared = e.select(early, e.and(32, written!, e.i32(C1 | C2)), written!);
    const kept = e.and(32, e.read(state.fpuStatus), e.not(32, cleared));
    const rest = e.select(e.and(32, noted, e.i32(SF)), e.i32(BEFORE | SF | C1), e.i32(BEFORE));
    const now = e.select(early, e.and(32, noted, rest), noted);
    e.write(state.fpuStatus, e.or(32, kept, now));
    updatePending(e);
    return e.eqz(32, early);
  },
};
/** Whether the result of the instruction in execution is written: an i32. */
export const settle = (e: Emitter, written: number | Value = C1): Value =>
  e.call(settleNoted, typeof written === "number" ? e.i32(written) : written);

/** The result, for ST(n), which then is popped so many times; or nothing. */
export function commit(e: Emitter, n: Value | number, pops: Value | number = 0, written: number | Value = C1): void {
  e.if(settle(e, written), () => {
    setSt(e, n, result(e));
    if (typeof pops === "number") for (let left = pops; left > 0; left--) pop(e);
    else popTimes(e, pops);
  });
}
/** The result becomes the top of the stack, unless it is refused. */
export function push(e: Emitter): void {
  e.if(settle(e), () => place(e));
}
export function place(e: Emitter): void {
  turn(e, -1);
  setSt(e, 0, result(e));
}

// Instructions
const pointInstruction: Routine<Emitter> = {
  name: "x87PointInstruction",
  params: ["i64"],
  result: undefined,
  beside: true,
  body(e, pc) {
    e.write(state.fpuPointers, ipOf(e, pc!), 0);
    e.write(state.fpuSelectors, e.read(state.selector, CS), 0);
  },
};
const pointOperand: Routine<Emitter> = {
  name: "x87PointOperand",
  params: ["i64", "i32"],
  result: undefined,
  beside: true,
  body(e, offset, segment) {
    e.write(state.fpuPointers, offset!, 1);
    e.write(state.fpuSelectors, e.read(state.selector, segment!), 1);
  },
};

/** An instruction without a place in memory. */
export function operate(e: X86, run: () => void): void {
  enterX87(e);
  run();
  e.call(pointInstruction, e.pc());
}
/** One with a place in memory: it changes nothing before its access is done. */
export function operateAt(e: X86, place: MemFields, run: (address: Value) => void): void {
  enterX87(e);
  run(addressOf(e, place));
  e.call(pointInstruction, e.pc());
  e.call(pointOperand, effectiveOf(e, place), e.imm(32, place.segment));
}
