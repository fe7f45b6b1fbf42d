import type { Routine, Value } from "../index.ts";
import { type Format, isNanBits, magnitude, shiftRightSticky, signBit, type Unpacked } from "../float.ts";
import type { A64 } from "./emitter.ts";
import {
  ALTERNATIVE_HALF,
  control,
  DN,
  FORMATS,
  FZ,
  IDC,
  IOC,
  IXC,
  OFC,
  type Precision,
  raiseFlag,
  raiseFlags,
  RMODE_LSB,
  UFC,
} from "./fp-format.ts";
import { state } from "./state.ts";

/**
 * Floating-point numbers in integers: FPUnpack(), FPProcessNaNs() and FPRound() of the manual, with every mode of FPCR and
 * every flag of FPSR. Encodings are i64, zero-extended.
 */

const byFormat = (make: (format: Format, p: Precision) => Routine<A64>): readonly Routine<A64>[] =>
  FORMATS.map((format, p) => make(format, p));

/** (encoding) → the zero of its sign when it is denormal and FPCR.FZ is set. */
const flushRoutines = byFormat((f) => ({
  name: `flushInput${f.name}`,
  params: ["i64"],
  result: "i64",
  body(e: A64, a: Value): Value {
    const below = e.sub(64, magnitude(e, f, a), e.i64(1));
    e.if(e.ltU(64, below, e.i64(f.smallestNormal - 1n)), () => {
      e.if(control(e, FZ), () => {
        raiseFlags(e, IDC);
        e.return(e.and(64, a, e.i64(signBit(f))));
      });
    });
    return a;
  },
}));
export const flushInput = (e: A64, p: Precision, a: Value): Value => e.call(flushRoutines[p]!, a);

/** (encodings, at least one a NaN) → the NaN that comes of them. */
const nanRoutines = [1, 2, 3].map((count) =>
  byFormat((f) => ({
    name: `propagateNan${count}${f.name}`,
    params: Array.from({ length: count }, () => "i64" as const),
    result: "i64",
    body(e: A64, ...operands: Value[]): Value {
      const isQuiet = (a: Value): Value => e.ne(64, e.and(64, a, e.i64(f.quiet)), e.i64(0));
      const isSignalling = (a: Value): Value => e.and(32, isNanBits(e, f, a), e.eqz(32, isQuiet(a)));
      raiseFlag(
        e,
        IOC,
        operands.map(isSignalling).reduce((a, b) => e.or(32, a, b)),
      );
      e.if(control(e, DN), () => e.return(e.i64(f.defaultNan)));
      for (const a of operands) e.if(isSignalling(a), () => e.return(e.or(64, a, e.i64(f.quiet))));
      for (const a of operands) e.if(isNanBits(e, f, a), () => e.return(a));
      return e.i64(f.defaultNan);
    },
  })),
);
export const propagateNan = (e: A64, p: Precision, ...operands: Value[]): Value =>
  e.call(nanRoutines[operands.length - 1]![p]!, ...operands);

/** Raises IOC; the default NaN. */
export function invalid(e: A64, f: Format): Value {
  raiseFlags(e, IOC);
  return e.i64(f.defaultNan);
}

/** The rounding mode, 0 to 3: to nearest, up, down, towards zero. */
export const roundingMode = (e: A64, fpcr: Value): Value => e.and(32, e.shrU(32, fpcr, RMODE_LSB), e.i32(3));

/** In the fpcr that is given to `round`: towards zero, but the last bit set when inexact. */
export const ROUND_TO_ODD = (3 << RMODE_LSB) | 1;

/** (sign 0 or 1, biased exponent, significand with its leading one at bit 63 and a sticky last bit, fpcr) → encoding. */
const roundRoutines = byFormat((f, p) => ({
  name: `round${f.name}`,
  params: ["i64", "i64", "i64", "i32"],
  result: "i64",
  body(e: A64, sign: Value, exponent: Value, significand: Value, fpcr: Value): Value {
    const signed = e.shl(64, sign, f.bits - 1);
    const tiny = e.ltS(64, exponent, e.i64(1));
    const shifted = e.variable(significand);
    // Far above the range the exponent would not fit its field.
    const infinite = e.i64(f.infinity >> BigInt(f.fraction));
    const field = e.variable(e.select(e.ltS(64, infinite, exponent), infinite, e.sub(64, exponent, e.i64(1))));
    e.if(tiny, () => {
      e.if(e.and(32, fpcr, e.i32(FZ)), () => {
        raiseFlags(e, UFC);
        e.return(signed);
      });
      e.set(shifted, shiftRightSticky(e, significand, e.sub(64, e.i64(1), exponent)));
      e.set(field, e.i64(0));
    });
    const dropped = 63 - f.fraction;
    const half = 1n << BigInt(dropped - 1);
    const rest = e.and(64, e.get(shifted), e.i64(2n * half - 1n));
    const truncated = e.shrU(64, e.get(shifted), dropped);
    const inexact = e.ne(64, rest, e.i64(0));
    const mode = roundingMode(e, fpcr);
    const toNearest = e.ltU(64, e.i64(half), e.add(64, rest, e.and(64, truncated, e.i64(1))));
    // Mode 1 is away from zero for positive numbers, mode 2 for negative ones.
    const away = e.eq(32, mode, e.add(32, e.wrap(sign), e.i32(1)));
    const up = e.select(e.eqz(32, mode), toNearest, e.and(32, inexact, away));
    const odd = e.and(32, inexact, fpcr);
    const significant = e.or(64, truncated, e.zeroExtend(64, e.and(32, odd, e.i32(1))));
    const exact = e.add(64, e.shl(64, e.get(field), f.fraction), significant);
    const result = e.add(64, exact, e.zeroExtend(64, up));
    e.if(e.geU(64, result, e.i64(f.infinity)), () => {
      if (p === ALTERNATIVE_HALF) {
        raiseFlags(e, IOC);
        e.return(e.or(64, signed, e.i64(f.infinity - 1n)));
      }
      raiseFlags(e, OFC | IXC);
      const largest = e.eqz(32, e.or(32, e.eqz(32, mode), away));
      e.return(e.or(64, signed, e.sub(64, e.i64(f.infinity), e.zeroExtend(64, largest))));
    });
    e.if(inexact, () => raiseFlags(e, IXC));
    raiseFlag(e, UFC, e.and(32, inexact, tiny));
    return e.or(64, signed, result);
  },
}));
/** FPRound(), by `fpcr` (i32), which is FPCR unless told. */
export const round = (
  e: A64,
  p: Precision,
  sign: Value,
  { exponent, significand }: Unpacked,
  fpcr: Value = e.read(state.fpcr),
): Value => e.call(roundRoutines[p]!, sign, exponent, significand, fpcr);
