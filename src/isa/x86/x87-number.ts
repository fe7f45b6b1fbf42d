import type { Emitter, Routine, Value } from "../index.ts";
import { DE, type Extended, exponentOf, invalid, LEAD, MAX_EXPONENT, noteIf, setResult } from "./x87.ts";
import { state } from "./state.ts";

/** Kinds of numbers. Volume 1, tables 8-3 and 4-3. */

const QUIET = 1n << 62n;

const hasLead = (e: Emitter, { significand }: Extended): Value => e.ltS(64, significand, e.i64(0));
const isSpecial = (e: Emitter, a: Extended): Value => e.eq(32, exponentOf(e, a), e.i32(MAX_EXPONENT));
/** What no processor since the 387 makes: pseudo-NaNs, pseudo-infinities, unnormal numbers. */
export const isUnsupported = (e: Emitter, a: Extended): Value =>
  e.and(32, e.ne(32, exponentOf(e, a), e.i32(0)), e.eqz(32, hasLead(e, a)));
export const isNan = (e: Emitter, a: Extended): Value =>
  e.and(32, isSpecial(e, a), e.op("i64.gt_u", a.significand, e.i64(LEAD)));
export const isSignalling = (e: Emitter, a: Extended): Value =>
  e.and(32, isNan(e, a), e.eqz(64, e.and(64, a.significand, e.i64(QUIET))));
export const isInfinite = (e: Emitter, a: Extended): Value =>
  e.and(32, isSpecial(e, a), e.eq(64, a.significand, e.i64(LEAD)));
export const isZero = (e: Emitter, a: Extended): Value =>
  e.and(32, e.eqz(32, exponentOf(e, a)), e.eqz(64, a.significand));
/** Pseudo-denormals too. */
export const isDenormal = (e: Emitter, a: Extended): Value =>
  e.and(32, e.eqz(32, exponentOf(e, a)), e.ne(64, a.significand, e.i64(0)));

/** The exponent (i32) and the significand, its leading one at bit 63, of what is finite and not zero. */
export function normalized(e: Emitter, a: Extended): { exponent: Value; significand: Value } {
  const exponent = exponentOf(e, a);
  const lead = e.clz(64, a.significand);
  const least = e.or(32, exponent, e.eqz(32, exponent));
  return { exponent: e.sub(32, least, e.wrap(lead)), significand: e.shl(64, a.significand, lead) };
}

export const extended = (head: Value, significand: Value): Extended => ({ head, significand });
/** The types of two operands. */
export const TWO = ["i32", "i64", "i32", "i64"] as const;

/** (a, b) → i32: 1 where one is a NaN or unsupported: the result is there. Else what is denormal is noted. */
const refuseNumbers: Routine<Emitter> = {
  name: "x87Special",
  params: TWO,
  result: "i32",
  beside: true,
  body(e, ...values) {
    const [a, b] = [extended(values[0]!, values[1]!), extended(values[2]!, values[3]!)];
    e.if(e.or(32, isUnsupported(e, a), isUnsupported(e, b)), () => {
      invalid(e);
      e.return(e.i32(1));
    });
    const [nanA, nanB] = [isNan(e, a), isNan(e, b)];
    e.if(e.or(32, nanA, nanB), () => {
      const [signallingA, signallingB] = [isSignalling(e, a), isSignalling(e, b)];
      e.write(state.fpuNoted, e.or(32, signallingA, signallingB));
      // Of two: the quiet one; the larger one; the positive one.
      const larger = e.op("i64.gt_u", a.significand, b.significand);
      const same = e.eq(64, a.significand, b.significand);
      const byValue = e.or(32, larger, e.and(32, same, e.ltU(32, a.head, b.head)));
      const alike = e.eq(32, signallingA, signallingB);
      const first = e.select(e.and(32, nanA, nanB), e.select(alike, byValue, signallingB), nanA);
      const significand = e.select(first, a.significand, b.significand);
      setResult(e, extended(e.select(first, a.head, b.head), e.or(64, significand, e.i64(QUIET))));
      e.return(e.i32(1));
    });
    noteIf(e, DE, e.or(32, isDenormal(e, a), isDenormal(e, b)));
    return e.i32(0);
  },
};
/** Returns from the routine where there is no number to compute. */
export function refuseSpecial(e: Emitter, a: Extended, b: Extended): void {
  const done = e.call(refuseNumbers, a.head, a.significand, b.head, b.significand);
  e.if(done, () => e.return());
}
/** The same of one operand. */
export const refuseSpecialOne = (e: Emitter, a: Extended): void => refuseSpecial(e, a, a);
