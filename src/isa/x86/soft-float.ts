import {
  DOUBLE,
  type Format,
  isNanBits,
  magnitude,
  shiftRightSticky,
  signBit,
  signOf,
  SINGLE,
  unpack,
  type Unpacked,
} from "../float.ts";
import { finiteProduct, finiteQuotient, finiteRoot, finiteSum } from "../float-arithmetic.ts";
import type { Emitter, Routine, Value } from "../index.ts";
import { DAZ, DE, FTZ, IE, MASK_LSB, mxcsrBits, note, noteIf, OE, PE, rounding, UE, ZE } from "./mxcsr.ts";

/** Floating point of SSE in integers, for every mode of MXCSR and with every flag. Encodings are i64, zero-extended. */

/** 0: single, 1: double precision. */
export type Precision = 0 | 1;
export const FORMATS = [SINGLE, DOUBLE] as const;

const byFormat = <T>(make: (f: Format, p: Precision) => T): readonly [T, T] => [make(SINGLE, 0), make(DOUBLE, 1)];

/** The NaN that comes of what is invalid: a negative one. */
export const defaultNan = (f: Format): bigint => signBit(f) | f.defaultNan;

const isDenormal = (e: Emitter, f: Format, a: Value): Value =>
  e.ltU(64, e.sub(64, magnitude(e, f, a), e.i64(1)), e.i64(f.smallestNormal - 1n));

/** (encoding) → the same, or a zero instead of a denormal number if DAZ says so. */
const flushRoutines = byFormat((f): Routine<Emitter> => ({
  name: `simdFlush${f.name}`,
  params: ["i64"],
  result: "i64",
  body(e, a) {
    e.if(isDenormal(e, f, a!), () => e.if(mxcsrBits(e, DAZ), () => e.return(e.and(64, a!, e.i64(signBit(f))))));
    return a!;
  },
}));
const flush = (e: Emitter, p: Precision, a: Value): Value => e.call(flushRoutines[p], a);
const noteDenormal = (e: Emitter, f: Format, a: Value): void => noteIf(e, DE, isDenormal(e, f, a));
/** An operand that nothing else is wrong with. */
function input(e: Emitter, p: Precision, operand: Value): Value {
  const a = flush(e, p, operand);
  noteDenormal(e, FORMATS[p], a);
  return a;
}

const isSignalling = (e: Emitter, f: Format, a: Value): Value =>
  e.and(32, isNanBits(e, f, a), e.eqz(64, e.and(64, a, e.i64(f.quiet))));

/** Of operands one of which is a NaN: the first one, made quiet. */
function propagateNan(e: Emitter, f: Format, ...operands: readonly Value[]): Value {
  noteIf(
    e,
    IE,
    operands.map((a) => isSignalling(e, f, a)).reduce((a, b) => e.or(32, a, b)),
  );
  const first = operands.reduceRight((rest, a) => e.select(isNanBits(e, f, a), a, rest));
  return e.or(64, first, e.i64(f.quiet));
}

function invalid(e: Emitter, f: Format): Value {
  note(e, IE);
  return e.i64(defaultNan(f));
}

/** (sign 0 or 1, biased exponent, significand with its leading one at bit 63 and a sticky last bit) → encoding. */
const roundRoutines = byFormat((f): Routine<Emitter> => ({
  name: `simdRound${f.name}`,
  params: ["i64", "i64", "i64"],
  result: "i64",
  body(e, sign, exponent, significand) {
    const signed = e.shl(64, sign!, f.bits - 1);
    const mode = rounding(e);
    const away = e.eq(32, mode, e.sub(32, e.i32(2), e.wrap(sign!)));
    const dropped = 63 - f.fraction;
    const half = 1n << BigInt(dropped - 1);
    const cut = (value: Value): { truncated: Value; inexact: Value; up: Value } => {
      const rest = e.and(64, value, e.i64(2n * half - 1n));
      const truncated = e.shrU(64, value, dropped);
      const inexact = e.ne(64, rest, e.i64(0));
      const toNearest = e.ltU(64, e.i64(half), e.add(64, rest, e.and(64, truncated, e.i64(1))));
      return { truncated, inexact, up: e.select(e.eqz(32, mode), toNearest, e.and(32, inexact, away)) };
    };
    const masked = (flag: number): Value => mxcsrBits(e, flag << MASK_LSB);
    // As if exponents had no bounds: by that a number is tiny, or refused with its precision.
    const unbounded = cut(significand!);
    const tiny = e.variable(e.i32(0));
    const shifted = e.variable(significand!);
    const infinite = e.i64(f.infinity >> BigInt(f.fraction));
    const field = e.variable(e.select(e.ltS(64, infinite, exponent!), infinite, e.sub(64, exponent!, e.i64(1))));
    e.if(e.ltS(64, exponent!, e.i64(1)), () => {
      const rounded = e.add(64, unbounded.truncated, e.zeroExtend(64, unbounded.up));
      const carries = e.and(32, e.eqz(64, exponent!), e.ne(64, e.shrU(64, rounded, f.fraction + 1), e.i64(0)));
      e.set(tiny, e.eqz(32, carries));
      e.if(e.get(tiny), () => {
        e.if(e.eqz(32, masked(UE)), () => {
          note(e, UE);
          noteIf(e, PE, unbounded.inexact);
          e.return(signed);
        });
        e.if(mxcsrBits(e, FTZ), () => {
          note(e, UE | PE);
          e.return(signed);
        });
      });
      e.set(shifted, shiftRightSticky(e, significand!, e.sub(64, e.i64(1), exponent!)));
      e.set(field, e.i64(0));
    });
    const { truncated, inexact, up } = cut(e.get(shifted));
    const exact = e.add(64, e.shl(64, e.get(field), f.fraction), truncated);
    const result = e.add(64, exact, e.zeroExtend(64, up));
    e.if(e.geU(64, result, e.i64(f.infinity)), () => {
      note(e, OE);
      noteIf(e, PE, e.or(32, inexact, e.ne(32, masked(OE), e.i32(0))));
      const largest = e.eqz(32, e.or(32, e.eqz(32, mode), away));
      e.return(e.or(64, signed, e.sub(64, e.i64(f.infinity), e.zeroExtend(64, largest))));
    });
    noteIf(e, PE, inexact);
    noteIf(e, UE, e.and(32, inexact, e.get(tiny)));
    return e.or(64, signed, result);
  },
}));
const round = (e: Emitter, p: Precision, sign: Value, { exponent, significand }: Unpacked): Value =>
  e.call(roundRoutines[p], sign, exponent, significand);

const routines = (
  name: string,
  operands: number,
  body: (e: Emitter, f: Format, p: Precision, ...operands: Value[]) => Value,
): readonly [Routine<Emitter>, Routine<Emitter>] =>
  byFormat((f, p) => ({
    name: `simd${name}${f.name}`,
    params: Array.from({ length: operands }, () => "i64" as const),
    result: "i64",
    body: (e: Emitter, ...values: Value[]) => body(e, f, p, ...values),
  }));

const eitherNan = (e: Emitter, f: Format, a: Value, b: Value): Value =>
  e.or(32, isNanBits(e, f, a), isNanBits(e, f, b));
const isInfinite = (e: Emitter, f: Format, m: Value): Value => e.eq(64, m, e.i64(f.infinity));

/** (a, b, sign bit to flip in b if it is a number) → a + b. */
export const softAdd = routines("Add", 3, (e, f, p, left, right, flip) => {
  e.if(eitherNan(e, f, left!, right!), () => e.return(propagateNan(e, f, left!, right!)));
  const a = input(e, p, left!);
  const b = e.xor(64, input(e, p, right!), flip!);
  const [ma, mb] = [magnitude(e, f, a), magnitude(e, f, b)];
  const differ = e.ne(64, signOf(e, f, a), signOf(e, f, b));
  const cancelled = (): void => e.return(e.select(e.eq(32, rounding(e), e.i32(1)), e.i64(signBit(f)), e.i64(0)));
  e.if(isInfinite(e, f, ma), () => {
    e.if(e.and(32, isInfinite(e, f, mb), differ), () => e.return(invalid(e, f)));
    e.return(a);
  });
  e.if(isInfinite(e, f, mb), () => e.return(b));
  // A number and a zero are that number, which may be a tiny one.
  const alone = (number: Value): void => e.return(round(e, p, signOf(e, f, number), unpack(e, f, number)));
  e.if(e.eqz(64, mb), () => {
    e.if(e.eqz(64, ma), () => {
      e.if(differ, cancelled);
      e.return(a);
    });
    alone(a);
  });
  e.if(e.eqz(64, ma), () => alone(b));
  const sum = finiteSum(e, f, [a, b], { smaller: e.ltU(64, ma, mb), differ }, cancelled);
  return round(e, p, sum.sign, sum);
});

/** (a, b) → a · b. */
export const softMultiply = routines("Multiply", 2, (e, f, p, left, right) => {
  e.if(eitherNan(e, f, left!, right!), () => e.return(propagateNan(e, f, left!, right!)));
  const [a, b] = [input(e, p, left!), input(e, p, right!)];
  const [ma, mb] = [magnitude(e, f, a), magnitude(e, f, b)];
  const sign = e.xor(64, signOf(e, f, a), signOf(e, f, b));
  const signed = e.shl(64, sign, f.bits - 1);
  const isZero = e.or(32, e.eqz(64, ma), e.eqz(64, mb));
  e.if(e.or(32, isInfinite(e, f, ma), isInfinite(e, f, mb)), () => {
    e.if(isZero, () => e.return(invalid(e, f)));
    e.return(e.or(64, signed, e.i64(f.infinity)));
  });
  e.if(isZero, () => e.return(signed));
  return round(e, p, sign, finiteProduct(e, f, a, b));
});

/** (a, b) → a / b. */
export const softDivide = routines("Divide", 2, (e, f, p, left, right) => {
  e.if(eitherNan(e, f, left!, right!), () => e.return(propagateNan(e, f, left!, right!)));
  const [a, b] = [flush(e, p, left!), flush(e, p, right!)];
  const [ma, mb] = [magnitude(e, f, a), magnitude(e, f, b)];
  const sign = e.xor(64, signOf(e, f, a), signOf(e, f, b));
  const signed = e.shl(64, sign, f.bits - 1);
  // A division by zero comes before a denormal dividend.
  e.if(e.and(32, e.eqz(64, mb), e.ltU(64, ma, e.i64(f.infinity))), () => {
    e.if(e.eqz(64, ma), () => e.return(invalid(e, f)));
    note(e, ZE);
    e.return(e.or(64, signed, e.i64(f.infinity)));
  });
  noteDenormal(e, f, a);
  noteDenormal(e, f, b);
  e.if(isInfinite(e, f, ma), () => {
    e.if(isInfinite(e, f, mb), () => e.return(invalid(e, f)));
    e.return(e.or(64, signed, e.i64(f.infinity)));
  });
  e.if(isInfinite(e, f, mb), () => e.return(signed));
  e.if(e.eqz(64, ma), () => e.return(signed));
  return round(e, p, sign, finiteQuotient(e, f, a, b));
});

/** (a) → its square root. */
export const softRoot = routines("SquareRoot", 1, (e, f, p, operand) => {
  e.if(isNanBits(e, f, operand!), () => e.return(propagateNan(e, f, operand!)));
  const a = flush(e, p, operand!);
  e.if(e.eqz(64, magnitude(e, f, a)), () => e.return(a));
  e.if(e.ne(64, signOf(e, f, a), e.i64(0)), () => e.return(invalid(e, f)));
  noteDenormal(e, f, a);
  e.if(isInfinite(e, f, a), () => e.return(a));
  return round(e, p, e.i64(0), finiteRoot(e, f, a));
});

/** (an integer) → its encoding. */
export const softFromInteger = routines("FromInteger", 1, (e, f, p, integer) => {
  e.if(e.eqz(64, integer!), () => e.return(e.i64(0)));
  const sign = e.shrU(64, integer!, 63);
  const size = e.select(e.wrap(sign), e.neg(64, integer!), integer!);
  const lead = e.clz(64, size);
  const exponent = e.sub(64, e.i64(f.bias + 63), lead);
  return round(e, p, sign, { exponent, significand: e.shl(64, size, lead) });
});

/** (an encoding of the other precision) → one of this one. */
export const softConvert = routines("Convert", 1, (e, to, p, operand) => {
  const from = FORMATS[1 - p]!;
  const shift = from.fraction - to.fraction;
  const sign = signOf(e, from, operand!);
  const signed = e.shl(64, sign, to.bits - 1);
  e.if(isNanBits(e, from, operand!), () => {
    noteIf(e, IE, isSignalling(e, from, operand!));
    const payload = magnitude(e, from, operand!);
    const moved = shift > 0 ? e.shrU(64, payload, shift) : e.shl(64, payload, -shift);
    e.return(e.or(64, e.or(64, signed, e.and(64, moved, e.i64(to.quiet - 1n))), e.i64(to.defaultNan)));
  });
  const a = input(e, p ? 0 : 1, operand!);
  const m = magnitude(e, from, a);
  e.if(e.eqz(64, m), () => e.return(signed));
  e.if(isInfinite(e, from, m), () => e.return(e.or(64, signed, e.i64(to.infinity))));
  const { exponent, significand } = unpack(e, from, a);
  return round(e, p, sign, { exponent: e.add(64, exponent, e.i64(to.bias - from.bias)), significand });
});
