import type { Routine, Value } from "../index.ts";
import { type Format, isNanBits, magnitude, signBit, signOf } from "../float.ts";
import { finiteProduct, finiteQuotient, finiteRoot, finiteSum } from "../float-arithmetic.ts";
import type { A64 } from "./emitter.ts";
import { control, DZC, FORMATS, isDefaultRounding, type Precision, raiseFlags, RMODE, RMODE_LSB } from "./fp-format.ts";
import { flushInput, invalid, propagateNan, round } from "./fp-soft.ts";

/** FPAdd(), FPMul(), FPDiv() and FPSqrt() of encodings (i64), by integers, for every mode and every flag. */

const arithmetic = (
  name: string,
  operands: number,
  body: (e: A64, f: Format, p: Precision, ...operands: Value[]) => Value,
): readonly Routine<A64>[] =>
  [0, 1].map((p) => ({
    name: `${name}${FORMATS[p]!.name}`,
    params: Array.from({ length: operands }, () => "i64" as const),
    result: "i64",
    body: (e: A64, ...values: Value[]) => body(e, FORMATS[p]!, p, ...values),
  }));

const fromBits = (e: A64, p: Precision, a: Value): Value =>
  p ? e.op("f64.reinterpret_i64", a) : e.op("f32.reinterpret_i32", e.wrap(a));
const toBits = (e: A64, p: Precision, a: Value): Value =>
  p ? e.op("i64.reinterpret_f64", a) : e.zeroExtend(64, e.op("i32.reinterpret_f32", a));

const scalar = (e: A64, p: Precision, name: string, ...operands: Value[]): Value =>
  e.op(`${p ? "f64" : "f32"}.${name}`, ...operands);
const constant = (e: A64, p: Precision, value: number): Value => (p ? e.f64(value) : e.f32(value));

/** 1 when a number is normal, so that its bits are those of the exact result if nothing was cut off. */
function isNormal(e: A64, p: Precision, a: Value): Value {
  const size = scalar(e, p, "abs", a);
  const smallest = p ? 2 ** -1022 : 2 ** -126;
  return e.and(
    32,
    scalar(e, p, "ge", size, constant(e, p, smallest)),
    scalar(e, p, "lt", size, constant(e, p, Infinity)),
  );
}

/** 1 when a product cannot have more bits than its precision: so it is exact unless it overflows or is tiny. */
function productIsShort(e: A64, { fraction }: Format, a: Value, b: Value): Value {
  const zeros = (v: Value): Value => e.op("i64.ctz", e.or(64, v, e.i64(1n << BigInt(fraction))));
  return e.geU(64, e.add(64, zeros(a), zeros(b)), e.i64(fraction + 1));
}

/** Returns early a result to nearest that is known to be exact. */
function ifExact(e: A64, p: Precision, quick: () => { readonly result: Value; readonly exact: Value }): void {
  e.if(isDefaultRounding(e), () => {
    const { result, exact } = quick();
    e.if(exact, () => e.return(toBits(e, p, result)));
  });
}

/** The zero of an exact cancellation: negative when rounding down. */
const cancelled = (e: A64, f: Format): Value =>
  e.select(e.eq(32, control(e, RMODE), e.i32(2 << RMODE_LSB)), e.i64(signBit(f)), e.i64(0));

/** (a, b, sign bit to flip in b once it is known to be no NaN) → a + b. */
export const softAdd = arithmetic("add", 3, (e, f, p, left, right, flip) => {
  ifExact(e, p, () => {
    const [x, y] = [fromBits(e, p, left!), fromBits(e, p, e.xor(64, right!, flip!))];
    // What the rounding of the sum lost (Knuth's two-sum); not 0 either where it overflows.
    const sum = scalar(e, p, "add", x, y);
    const back = scalar(e, p, "sub", sum, x);
    const lost = scalar(
      e,
      p,
      "add",
      scalar(e, p, "sub", x, scalar(e, p, "sub", sum, back)),
      scalar(e, p, "sub", y, back),
    );
    return { result: sum, exact: scalar(e, p, "eq", lost, constant(e, p, 0)) };
  });
  const a = flushInput(e, p, left!);
  const unsigned = flushInput(e, p, right!);
  e.if(e.or(32, isNanBits(e, f, a), isNanBits(e, f, unsigned)), () => e.return(propagateNan(e, p, a, unsigned)));
  const b = e.xor(64, unsigned, flip!);
  const [ma, mb] = [magnitude(e, f, a), magnitude(e, f, b)];
  const differ = e.ne(64, signOf(e, f, a), signOf(e, f, b));
  e.if(e.eq(64, ma, e.i64(f.infinity)), () => {
    e.if(e.and(32, e.eq(64, mb, e.i64(f.infinity)), differ), () => e.return(invalid(e, f)));
    e.return(a);
  });
  e.if(e.eq(64, mb, e.i64(f.infinity)), () => e.return(b));
  e.if(e.eqz(64, mb), () => {
    e.if(e.and(32, e.eqz(64, ma), differ), () => e.return(cancelled(e, f)));
    e.return(a);
  });
  e.if(e.eqz(64, ma), () => e.return(b));
  const sum = finiteSum(e, f, [a, b], { smaller: e.ltU(64, ma, mb), differ }, () => e.return(cancelled(e, f)));
  return round(e, p, sum.sign, sum);
});

/** (a, b) → a · b. */
export const softMul = arithmetic("multiply", 2, (e, f, p, left, right) => {
  ifExact(e, p, () => {
    const result = scalar(e, p, "mul", fromBits(e, p, left!), fromBits(e, p, right!));
    return { result, exact: e.and(32, isNormal(e, p, result), productIsShort(e, f, left!, right!)) };
  });
  const a = flushInput(e, p, left!);
  const b = flushInput(e, p, right!);
  const [ma, mb] = [magnitude(e, f, a), magnitude(e, f, b)];
  const sign = e.xor(64, signOf(e, f, a), signOf(e, f, b));
  const signed = e.shl(64, sign, f.bits - 1);
  e.if(e.or(32, isNanBits(e, f, a), isNanBits(e, f, b)), () => e.return(propagateNan(e, p, a, b)));
  const isZero = e.or(32, e.eqz(64, ma), e.eqz(64, mb));
  e.if(e.or(32, e.eq(64, ma, e.i64(f.infinity)), e.eq(64, mb, e.i64(f.infinity))), () => {
    e.if(isZero, () => e.return(invalid(e, f)));
    e.return(e.or(64, signed, e.i64(f.infinity)));
  });
  e.if(isZero, () => e.return(signed));
  return round(e, p, sign, finiteProduct(e, f, a, b));
});

/** (a, b) → a / b. */
export const softDiv = arithmetic("divide", 2, (e, f, p, left, right) => {
  ifExact(e, p, () => {
    const [x, y] = [fromBits(e, p, left!), fromBits(e, p, right!)];
    const result = scalar(e, p, "div", x, y);
    const exact = e.and(
      32,
      scalar(e, p, "eq", scalar(e, p, "mul", result, y), x),
      productIsShort(e, f, toBits(e, p, result), right!),
    );
    return { result, exact: e.and(32, e.and(32, exact, isNormal(e, p, x)), isNormal(e, p, result)) };
  });
  const a = flushInput(e, p, left!);
  const b = flushInput(e, p, right!);
  const [ma, mb] = [magnitude(e, f, a), magnitude(e, f, b)];
  const sign = e.xor(64, signOf(e, f, a), signOf(e, f, b));
  const signed = e.shl(64, sign, f.bits - 1);
  const infinite = (m: Value): Value => e.eq(64, m, e.i64(f.infinity));
  e.if(e.or(32, isNanBits(e, f, a), isNanBits(e, f, b)), () => e.return(propagateNan(e, p, a, b)));
  e.if(infinite(ma), () => {
    e.if(infinite(mb), () => e.return(invalid(e, f)));
    e.return(e.or(64, signed, e.i64(f.infinity)));
  });
  e.if(infinite(mb), () => e.return(signed));
  e.if(e.eqz(64, mb), () => {
    e.if(e.eqz(64, ma), () => e.return(invalid(e, f)));
    raiseFlags(e, DZC);
    e.return(e.or(64, signed, e.i64(f.infinity)));
  });
  e.if(e.eqz(64, ma), () => e.return(signed));
  return round(e, p, sign, finiteQuotient(e, f, a, b));
});

/** (a) → its square root. */
export const softSqrt = arithmetic("squareRoot", 1, (e, f, p, operand) => {
  ifExact(e, p, () => {
    const x = fromBits(e, p, operand!);
    const result = scalar(e, p, "sqrt", x);
    const root = toBits(e, p, result);
    const exact = e.and(32, scalar(e, p, "eq", scalar(e, p, "mul", result, result), x), isNormal(e, p, x));
    return { result, exact: e.and(32, exact, productIsShort(e, f, root, root)) };
  });
  const a = flushInput(e, p, operand!);
  e.if(isNanBits(e, f, a), () => e.return(propagateNan(e, p, a)));
  e.if(e.eqz(64, magnitude(e, f, a)), () => e.return(a));
  e.if(e.ne(64, signOf(e, f, a), e.i64(0)), () => e.return(invalid(e, f)));
  e.if(e.eq(64, a, e.i64(f.infinity)), () => e.return(a));
  return round(e, p, e.i64(0), finiteRoot(e, f, a));
});
