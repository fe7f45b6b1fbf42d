import type { Value } from "../index.ts";
import { DOUBLE, floatFormat, SINGLE } from "../float.ts";
import type { A64 } from "./emitter.ts";
import { state } from "./state.ts";

/** The floating-point formats of the manual, and the control and status registers that every operation on them looks at. */

/** 0: single, 1: double precision. */
export type Precision = number;
/** The index of half precision in `FORMATS`, as in the manual's `ftype`. */
export const HALF = 3;

const half = floatFormat("Half", 5, 10);
/** By `ftype`; 2 is the alternative half precision: no infinities, no NaNs, one exponent more. */
export const FORMATS = [SINGLE, DOUBLE, { ...half, name: "AlternativeHalf", infinity: 1n << 15n }, half] as const;
export const ALTERNATIVE_HALF = 2;

/** FPCR: alternative half precision, default NaNs, flushing to zero, rounding mode. */
export const AHP = 1 << 26;
export const DN = 1 << 25;
export const FZ = 1 << 24;
export const RMODE_LSB = 22;
export const RMODE = 3 << RMODE_LSB;

/** FPSR: the cumulative flags. */
export const IOC = 1;
export const DZC = 1 << 1;
export const OFC = 1 << 2;
export const UFC = 1 << 3;
export const IXC = 1 << 4;
export const IDC = 1 << 7;

/** Sets a cumulative flag of FPSR where the i32 is 1. */
export function raiseFlag(e: A64, flag: number, condition: Value): void {
  e.write(state.fpsr, e.or(32, e.read(state.fpsr), e.mul(32, condition, e.i32(flag))));
}

/** Sets cumulative flags of FPSR. */
export function raiseFlags(e: A64, flags: number): void {
  e.write(state.fpsr, e.or(32, e.read(state.fpsr), e.i32(flags)));
}

/** Some of FPCR's bits: an i32 that is not 0 when one of them is set. */
export const control = (e: A64, bits: number): Value => e.and(32, e.read(state.fpcr), e.i32(bits));

/** 1 when FPCR rounds to nearest and flushes nothing. */
export const isDefaultRounding = (e: A64): Value => e.eqz(32, control(e, FZ | RMODE));

/** 1 when, besides, FPSR.IXC is set already: then a result that neither overflows nor is tiny raises nothing new. */
export function isSettled(e: A64): Value {
  const unset = e.and(32, e.not(32, e.read(state.fpsr)), e.i32(IXC));
  return e.eqz(32, e.or(32, control(e, FZ | RMODE), unset));
}
