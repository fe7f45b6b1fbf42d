/** Numbers of 600 bits, and functions of them, by series that have nothing in common with what they check. */
export interface Big {
  /** Times 2^exponent. */
  readonly mantissa: bigint;
  readonly exponent: number;
}

const BITS = 600;
/** Where series end. */
const ENOUGH = 420;

const lengthOf = (value: bigint): number => (value < 0n ? -value : value).toString(16).length * 4;

export function big(mantissa: bigint, exponent = 0): Big {
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  const surplus = lengthOf(mantissa) - BITS;
  return surplus > 0 ? { mantissa: mantissa >> BigInt(surplus), exponent: exponent + surplus } : { mantissa, exponent };
}
const isZero = ({ mantissa }: Big): boolean => mantissa === 0n;
/** About the binary logarithm of the magnitude. */
const size = ({ mantissa, exponent }: Big): number => lengthOf(mantissa) + exponent;
export const negate = ({ mantissa, exponent }: Big): Big => ({ mantissa: -mantissa, exponent });
export const multiply = (a: Big, b: Big): Big => big(a.mantissa * b.mantissa, a.exponent + b.exponent);
function add(a: Big, b: Big): Big {
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  if (size(a) - size(b) > 2 * BITS) return a;
  if (size(b) - size(a) > 2 * BITS) return b;
  const exponent = Math.min(a.exponent, b.exponent);
  const at = ({ mantissa, exponent: own }: Big): bigint => mantissa << BigInt(own - exponent);
  return big(at(a) + at(b), exponent);
}
export const subtract = (a: Big, b: Big): Big => add(a, negate(b));
export function divide(a: Big, b: Big): Big {
  const up = BITS + lengthOf(b.mantissa);
  return big((a.mantissa << BigInt(up)) / b.mantissa, a.exponent - b.exponent - up);
}
export const integer = (value: number | bigint): Big => big(BigInt(value));

/** The first term, and how each follows from the one before it: until they no longer count. */
function series(first: Big, next: (term: Big, n: number) => Big): Big {
  let [total, term] = [first, first];
  for (let n = 1; !isZero(term) && size(term) > size(total) - ENOUGH; n++) {
    term = next(term, n);
    total = add(total, term);
  }
  return total;
}

/** Euler's, for magnitudes up to 1. */
function smallArctangent(t: Big): Big {
  const square = multiply(t, t);
  const below = add(integer(1), square);
  const ratio = divide(square, below);
  return series(divide(t, below), (term, n) =>
    divide(multiply(multiply(term, ratio), integer(2 * n)), integer(2 * n + 1)),
  );
}
/** Machin's. */
const PI: Big = multiply(
  integer(4),
  subtract(
    multiply(integer(4), smallArctangent(divide(integer(1), integer(5)))),
    smallArctangent(divide(integer(1), integer(239))),
  ),
);
/** Of the point (x, y), y positive. */
export function angleOf(x: Big, y: Big): Big {
  const [width, height] = [x.mantissa < 0n ? negate(x) : x, y];
  const steep = subtract(height, width).mantissa > 0n;
  const first = smallArctangent(steep ? divide(width, height) : divide(height, width));
  const acute = steep ? subtract(divide(PI, integer(2)), first) : first;
  return x.mantissa < 0n ? subtract(PI, acute) : acute;
}

/** artanh, for magnitudes well below 1. */
function areaTangent(z: Big): Big {
  const square = multiply(z, z);
  const powers: Big[] = [z];
  return series(z, (_, n) => {
    powers[0] = multiply(powers[0]!, square);
    return divide(powers[0], integer(2 * n + 1));
  });
}
const LN_2: Big = multiply(integer(2), areaTangent(divide(integer(1), integer(3))));
/** log2(1 + x), for x from -1/2 to 1. */
export const logarithmOfOneMore = (x: Big): Big =>
  divide(multiply(integer(2), areaTangent(divide(x, add(integer(2), x)))), LN_2);
/** log2(x) of a positive number. */
export function logarithm(x: Big): Big {
  const power = size(x) - 3;
  const part = big(x.mantissa, x.exponent - power);
  let [whole, rest] = [power, part];
  while (subtract(rest, integer(1)).mantissa >= 0n) [whole, rest] = [whole + 1, big(rest.mantissa, rest.exponent - 1)];
  // From a half to 1, but what is nearly 1 keeps its digits.
  const double = big(rest.mantissa, rest.exponent + 1);
  const upper = subtract(multiply(double, double), integer(2)).mantissa > 0n;
  const one = upper ? rest : double;
  return add(integer(upper ? whole : whole - 1), logarithmOfOneMore(subtract(one, integer(1))));
}
/** 2^x - 1. */
export function powerOfTwo(x: Big): Big {
  const y = multiply(x, LN_2);
  return series(y, (term, n) => divide(multiply(term, y), integer(n + 1)));
}

/** Sine and cosine of an angle below 2^70. */
export function wave(x: Big): { sine: Big; cosine: Big } {
  const right = divide(PI, integer(2));
  const quotient = divide(x, right);
  const shifted = add(quotient, big(1n, -1));
  const whole =
    shifted.exponent < 0 ? shifted.mantissa >> BigInt(-shifted.exponent) : shifted.mantissa << BigInt(shifted.exponent);
  const rest = subtract(x, multiply(big(whole), right));
  const square = negate(multiply(rest, rest));
  const from = (first: Big, shift: number): Big =>
    series(first, (term, n) => divide(multiply(term, square), integer((2 * n - 1 + shift) * (2 * n + shift))));
  const [sine, cosine] = [isZero(rest) ? rest : from(rest, 1), from(integer(1), 0)];
  switch (Number(BigInt.asUintN(2, whole))) {
    case 0:
      return { sine, cosine };
    case 1:
      return { sine: cosine, cosine: negate(sine) };
    case 2:
      return { sine: negate(sine), cosine: negate(cosine) };
    default:
      return { sine: negate(cosine), cosine: sine };
  }
}
