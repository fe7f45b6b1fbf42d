import type { Value } from "../index.ts";
import { anyTrue, gatherLanes, keep } from "../vector.ts";
import type { A64, Register } from "./emitter.ts";
import { state } from "./state.ts";

/** The manual's four groups of element sizes. */
export const ALL = [0, 1, 2, 3] as const;
export const BHS = [0, 1, 2] as const;
export const HS = [1, 2] as const;

/** The rows' patterns hold names for bits that one table fills in: `fill("0 Q:1 U 01110 …", { U: 1 })`. */
export function fill<P extends string>(pattern: P, bits: Readonly<Record<string, string | number>>): P {
  return pattern
    .split(" ")
    .map((token) => String(bits[token] ?? token))
    .join(" ") as P;
}

/** A number as `width` literal bits of a pattern. */
export const binary = (n: number, width: number): string => n.toString(2).padStart(width, "0");

/** A result some of whose lanes may have saturated: all ones there. */
export interface Saturated {
  readonly value: Value;
  readonly saturated: Value;
}
export type Result = Value | Saturated;

export const valueOf = (result: Result): Value => ("value" in result ? result.value : result);

/** Sets FPSR.QC when a lane within the low `bits` saturated. */
function noteSaturation(e: A64, bits: number, result: Result): void {
  if (!("saturated" in result)) return;
  const qc = e.shl(32, anyTrue(e, keep(e, bits, result.saturated)), 27);
  e.write(state.fpsr, e.or(32, e.read(state.fpsr), qc));
}

/** Writes the low `bits` bits of a vector register and zeroes the rest. */
export function setVector(e: A64, bits: number, r: Register, result: Result): void {
  noteSaturation(e, bits, result);
  e.setVreg(r, keep(e, bits, valueOf(result)));
}

/** Writes a 64-bit result to the low half, zeroing the high one, or (`high`) to the high half, keeping the low one. */
export function setHalf(e: A64, high: number, r: Register, result: Result): void {
  noteSaturation(e, 64, result);
  const value = valueOf(result);
  if (!high) return e.setVreg(r, keep(e, 64, value));
  e.setVreg(
    r,
    gatherLanes(e, 3, [e.vreg(r), value], (lane) => 2 * lane),
  );
}

/** Register number `r` + k, counted modulo 32. */
export function following(e: A64, r: Register, k: number): Value {
  if (typeof r === "number") return e.i32((r + k) & 31);
  const n = e.imm(32, r);
  return k === 0 ? n : e.and(32, e.add(32, n, e.i32(k)), e.i32(31));
}
