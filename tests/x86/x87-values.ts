import type { Random } from "./random.ts";

/** Operands of x87. */

export interface Number80 {
  readonly significand: bigint;
  /** Sign and exponent. */
  readonly head: number;
}

const LEAD = 1n << 63n;
const BIAS = 0x3fff;

/** Often with few bits, or such that rounding to 64, 53 or 24 bits is a matter of the last one. */
function fraction(random: Random, bits: number): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  const any = random.u64() & all;
  switch (random.below(7)) {
    case 0:
      return any & (all << BigInt(random.below(bits)));
    case 1:
      return all & (all << BigInt(random.below(bits)));
    case 2:
      return all >> BigInt(random.below(bits));
    case 3:
      return random.pick([0n, 1n, all, all - 1n, all >> 1n, (all >> 1n) + 1n]);
    case 4: {
      // Halfway, or nearly so.
      const cut = random.pick([11, 40].filter((one) => one < bits - 1).concat(1));
      const kept = any & (all << BigInt(cut)) & all;
      return (kept | (1n << BigInt(cut - 1))) + BigInt(random.between(-1, 1));
    }
    default:
      return any;
  }
}

/** Of any kind; most are numbers, with exponents about `near`. */
export function drawNumber(random: Random, near: number): Number80 {
  const sign = random.below(2) << 15;
  const rest = BigInt.asUintN(63, fraction(random, 63));
  const of = (exponent: number, significand: bigint): Number80 => ({ head: sign | exponent, significand });
  switch (random.below(24)) {
    case 0:
      return of(0, 0n);
    case 1:
      return of(0, rest >> BigInt(random.below(63)));
    case 2:
      return of(0, LEAD | rest);
    case 3:
      return of(0x7fff, LEAD);
    case 4:
      return of(0x7fff, LEAD | (1n << 62n) | rest);
    case 5:
      return of(0x7fff, LEAD | ((rest & ((1n << 62n) - 1n)) | 1n));
    case 6:
      return of(random.pick([0x7fff, 0x7fff, random.between(1, 0x7ffe)]), random.pick([0n, rest]));
    case 7:
      return of(random.pick([random.between(1, 70), random.between(0x7fff - 70, 0x7ffe)]), LEAD | rest);
    case 8:
    case 9:
    case 10: {
      // An integer, or one and a half.
      const value =
        BigInt(random.pick([random.below(8), random.below(70_000), random.u32(), 1 << random.below(31)])) * 2n +
        BigInt(random.below(2));
      if (value === 0n) return of(0, 0n);
      const length = value.toString(2).length;
      return of(BIAS - 2 + length, value << BigInt(64 - length));
    }
    case 11:
      return of(BIAS + random.between(-1200, 1200), LEAD | rest);
    case 12:
      return of(random.below(0x7fff) || 1, LEAD | rest);
    default:
      return of(BIAS + near + random.between(-3, 3), LEAD | rest);
  }
}

function drawSmall(random: Random, exponentBits: number, fractionBits: number): bigint {
  const sign = BigInt(random.below(2)) << BigInt(exponentBits + fractionBits);
  const largest = 2 ** exponentBits - 1;
  const exponent = random.pick([
    0,
    largest,
    1,
    largest - 1,
    ...Array.from({ length: 6 }, () => (largest >> 1) + random.between(-70, 70)),
  ]);
  const part = BigInt.asUintN(fractionBits, fraction(random, fractionBits));
  return sign | (BigInt(exponent) << BigInt(fractionBits)) | random.pick([part, part, part, 0n]);
}

const bytesOf = (value: bigint, bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, n) => Number((value >> BigInt(8 * n)) & 0xffn));

/** What memory has, for an instruction that reads it. `image`: one of x87's state. */
export function drawOperand(name: string, random: Random, image: () => Uint8Array): Uint8Array {
  if (name === "FLDCW") return image().slice(0, 2);
  if (/^(FLDENV|FRSTOR)/.test(name)) return environment(random, image());
  if (name === "FBLD") {
    const digits = Uint8Array.from({ length: 9 }, () => (random.below(10) << 4) | random.below(10));
    return Uint8Array.from([...digits.fill(0, random.below(10)), random.below(2) << 7]);
  }
  if (name.includes("80 bits")) {
    const { significand, head } = drawNumber(random, 0);
    return Uint8Array.from([...bytesOf(significand, 8), ...bytesOf(BigInt(head), 2)]);
  }
  const bits = Number(/\((\d+) bits/.exec(name)?.[1] ?? 16);
  if (name.startsWith("FI")) return bytesOf(random.quad(), bits / 8);
  return bits === 32 ? bytesOf(drawSmall(random, 8, 23), 4) : bytesOf(drawSmall(random, 11, 52), 8);
}

/** Of 28 bytes, and eight numbers behind it; what a layout of 14 bytes makes of it is as good. */
function environment(random: Random, image: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from({ length: 28 + 80 }, () => random.below(256));
  bytes.set(image.subarray(0, 2), 0);
  bytes.set(image.subarray(2, 4), 4);
  for (let n = 0; n < 8; n++) bytes.set(image.subarray(32 + 16 * n, 42 + 16 * n), 28 + 10 * n);
  return bytes;
}

/**
 * Brings ST(0) to where processors agree to a few units of the last place: angles below π/4, as some have a π of 66 bits;
 * what F2XM1 and FYL2XP1 are defined for; for FYL2X, no power of two, whose logarithm some call inexact.
 */
export function limitArguments(name: string, image: Uint8Array): void {
  const view = new DataView(image.buffer);
  const [significand, head] = [view.getBigUint64(32, true), view.getUint16(40, true)];
  const exponent = head & 0x7fff;
  const set = (to: number): void => view.setUint16(40, (head & 0x8000) | to, true);
  if (significand < LEAD || exponent === 0x7fff) return;
  if (name === "FYL2X") view.setBigUint64(32, significand | 1n, true);
  else if (/^(F2XM1|FYL2XP1)$/.test(name)) set(Math.min(exponent, BIAS - 3));
  else if (name !== "FPATAN" && exponent < BIAS + 63) set(Math.min(exponent, BIAS - 2));
}
