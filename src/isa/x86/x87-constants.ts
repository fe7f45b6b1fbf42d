/** Constants of x87's functions, from their series in exact arithmetic. */

const BITS = 400n;
const ONE = 1n << BITS;

function sum(term: (n: bigint) => bigint): bigint {
  let total = 0n;
  for (let n = 0n; ; n++) {
    const next = term(n);
    if (next === 0n) return total;
    total += next;
  }
}

/** atan(p / q), |p / q| at most 1: Euler's series. */
function arctangent(p: bigint, q: bigint): bigint {
  const hypotenuse = p * p + q * q;
  let term = (ONE * p * q) / hypotenuse;
  return sum((n) => {
    if (n > 0n) term = (term * 2n * n * p * p) / ((2n * n + 1n) * hypotenuse);
    return term;
  });
}

const PI = 4n * arctangent(1n, 1n);
/** 2 artanh(1/3). */
const LN_2 = 2n * sum((n) => ONE / ((2n * n + 1n) * 3n ** (2n * n + 1n)));

/** A number of 400 bits behind the point, with so many of them. */
const withBits = (value: bigint, bits: bigint): bigint => value >> (BITS - bits);

/** Behind the point: 256 bits. */
export const TWO_OVER_PI = withBits((2n * ONE * ONE) / PI, 256n);
/** 127 bits. */
export const HALF_PI = withBits(PI / 2n, 127n);
/** 126 bits. */
export const PI_126 = withBits(PI, 126n);
/** 128 bits. */
export const LN_2_128 = withBits(LN_2, 128n);
/** A quarter of 2 / ln 2: 128 bits. */
export const HALF_LOG2_E = withBits((ONE * ONE) / (2n * LN_2), 128n);
/** atan(k / 8): 126 bits. */
export const ARCTANGENTS = Array.from({ length: 9 }, (_, k) =>
  k === 0 ? 0n : withBits(arctangent(BigInt(k), 8n), 126n),
);

/** Coefficients of series: 127 bits behind the point. */
const series = (count: number, divisor: (n: bigint) => bigint): readonly bigint[] =>
  Array.from({ length: count }, (_, n) => (1n << 127n) / divisor(BigInt(n)));
const factorial = (n: bigint): bigint => (n < 2n ? 1n : n * factorial(n - 1n));

/** sin(x) / x and cos(x) by x², up to π/4; their signs alternate. */
export const SINE = series(16, (n) => factorial(2n * n + 1n));
export const COSINE = series(16, (n) => factorial(2n * n));
/** atan(x) / x by x², up to 1/16, with alternating signs; artanh(x) / x by x², up to 3 - √8. */
export const ARCTANGENT = series(14, (n) => 2n * n + 1n);
export const AREA_TANGENT = series(22, (n) => 2n * n + 1n);
/** (e^x - 1) / x by x, up to ln 2. */
export const EXPONENTIAL = series(27, (n) => factorial(n + 1n));
