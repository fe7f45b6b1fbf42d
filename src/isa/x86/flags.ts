import type { Emitter, FlagsOrigin, Routine, Value, Width } from "../index.ts";
import type { Size } from "./operands.ts";
import { state } from "./state.ts";

/** The condition flags, each an i32 of 0 or 1. */
export interface Flags {
  readonly c: Value;
  readonly p: Value;
  readonly a: Value;
  readonly z: Value;
  readonly s: Value;
  readonly o: Value;
}
export type FlagName = keyof Flags;
/** In the order of `state.flags`. */
export const FLAG_NAMES: readonly FlagName[] = ["c", "p", "a", "z", "s", "o"];

/** Operands of 8 and 16 bits are computed with 32. */
export const widthOf = (size: Size): Width => (size === 64 ? 64 : 32);

/** A value without what is above a size. */
export function truncate(e: Emitter, size: Size, value: Value): Value {
  return size >= 32 ? value : e.and(32, value, e.i32(2 ** size - 1));
}

/** Bit `bit` of a value, as an i32. */
export function bitOf(e: Emitter, size: Size, value: Value, bit: number): Value {
  const width = widthOf(size);
  const shifted = e.wrap(e.shrU(width, value, bit));
  return bit === width - 1 ? shifted : e.and(32, shifted, e.i32(1));
}

export const signOf = (e: Emitter, size: Size, value: Value): Value => bitOf(e, size, value, size - 1);

/** PF, SF and ZF follow from a result, which has nothing above its size. */
export function resultFlags(e: Emitter, size: Size, result: Value): Pick<Flags, "p" | "z" | "s"> {
  const ones = e.op("i32.popcnt", e.and(32, e.wrap(result), e.i32(0xff)));
  return {
    p: e.and(32, e.not(32, ones), e.i32(1)),
    z: e.eqz(widthOf(size), result),
    s: signOf(e, size, result),
  };
}

export interface Computed {
  readonly value: Value;
  readonly flags: Flags;
  readonly origin?: FlagsOrigin;
}

type Source = "sum" | "difference" | "result" | "increment" | "decrement";
const SOURCES: readonly Source[] = ["sum", "difference", "result", "increment", "decrement"];
const SIZES: readonly Size[] = [8, 16, 32, 64];

function origin(e: Emitter, source: Source, size: Size, a: Value, b: Value): FlagsOrigin {
  const kind = 1 + 4 * SOURCES.indexOf(source) + SIZES.indexOf(size);
  return { kind, a: e.zeroExtend(64, a), b: e.zeroExtend(64, b) };
}

/** `carry`: an i32 of 0 or 1 that is added, too. */
export function add(e: Emitter, size: Size, a: Value, b: Value, carry?: Value): Computed {
  const width = widthOf(size);
  const sum = e.add(width, a, b);
  const value = truncate(e, size, carry ? e.add(width, sum, e.zeroExtend(width, carry)) : sum);
  const differ = e.xor(width, e.xor(width, a, b), value);
  // Where a carry came out of: both bits, or one of them and the sum's is 0.
  const carries = e.or(width, e.and(width, a, b), e.and(width, e.or(width, a, b), e.not(width, value)));
  const flags = {
    ...resultFlags(e, size, value),
    c: carry ? signOf(e, size, carries) : e.ltU(width, value, a),
    a: bitOf(e, size, differ, 4),
    o: signOf(e, size, e.and(width, e.xor(width, a, value), e.xor(width, b, value))),
  };
  return carry ? { value, flags } : { value, flags, origin: origin(e, "sum", size, a, b) };
}

export function subtract(e: Emitter, size: Size, a: Value, b: Value, borrow?: Value): Computed {
  const width = widthOf(size);
  const difference = e.sub(width, a, b);
  const value = truncate(e, size, borrow ? e.sub(width, difference, e.zeroExtend(width, borrow)) : difference);
  const differ = e.xor(width, e.xor(width, a, b), value);
  const without = e.not(width, a);
  const borrows = e.or(width, e.and(width, without, b), e.and(width, e.or(width, without, b), value));
  const flags = {
    ...resultFlags(e, size, value),
    c: borrow ? signOf(e, size, borrows) : e.ltU(width, a, b),
    a: bitOf(e, size, differ, 4),
    o: signOf(e, size, e.and(width, e.xor(width, a, b), e.xor(width, a, value))),
  };
  return borrow ? { value, flags } : { value, flags, origin: origin(e, "difference", size, a, b) };
}

/** CF, OF and AF are 0. */
export function logical(e: Emitter, size: Size, value: Value): Computed {
  const none = e.i32(0);
  const flags = { ...resultFlags(e, size, value), c: none, a: none, o: none };
  return { value, flags, origin: origin(e, "result", size, value, e.imm(widthOf(size), 0)) };
}

/** INC and DEC: CF stays what it is. */
export function step(e: Emitter, size: Size, a: Value, by: 1 | -1, carry: Value): Computed {
  const one = e.imm(widthOf(size), 1);
  const { value, flags } = by === 1 ? add(e, size, a, one) : subtract(e, size, a, one);
  const source = by === 1 ? "increment" : "decrement";
  return { value, flags: { ...flags, c: carry }, origin: origin(e, source, size, a, carry) };
}

/** The flags that something of a kind has left. */
function flagsFrom(e: Emitter, { kind, a, b }: FlagsOrigin): Flags {
  const size = SIZES[(kind - 1) & 3]!;
  const width = widthOf(size);
  const [x, y] = [e.resize(width, a), e.resize(width, b)];
  switch (SOURCES[(kind - 1) >> 2]!) {
    case "sum":
      return add(e, size, x, y).flags;
    case "difference":
      return subtract(e, size, x, y).flags;
    case "result":
      return logical(e, size, x).flags;
    case "increment":
      return step(e, size, x, 1, e.wrap(b)).flags;
    case "decrement":
      return step(e, size, x, -1, e.wrap(b)).flags;
  }
}

/** The flags as they are now. */
export function currentFlags(e: Emitter): Flags {
  const from = e.flagsOrigin();
  if (from) return flagsFrom(e, from);
  const [c, p, a, z, s, o] = FLAG_NAMES.map((_, index) => e.read(state.flags, index)) as [
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
  ];
  return { c, p, a, z, s, o };
}

/** A condition of a comparison, straight from what was compared. */
function comparison(e: Emitter, cc: number, { kind, a, b }: FlagsOrigin): Value | undefined {
  if (SOURCES[(kind - 1) >> 2] !== "difference") return undefined;
  const size = SIZES[(kind - 1) & 3]!;
  const width = widthOf(size);
  const signed = (value: Value): Value => e.signExtend(width, value, size);
  const unsigned = (value: Value): Value => e.resize(width, value);
  switch (cc >> 1) {
    case 1:
      return e.ltU(width, unsigned(a), unsigned(b));
    case 2:
      return e.eq(width, unsigned(a), unsigned(b));
    case 3:
      return e.op(`i${width}.le_u`, unsigned(a), unsigned(b));
    case 6:
      return e.ltS(width, signed(a), signed(b));
    case 7:
      return e.op(`i${width}.le_s`, signed(a), signed(b));
    default:
      return undefined;
  }
}

/** An i32 of 0 or 1: whether condition 0 (O) to 15 (G) holds. Volume 1, appendix B. */
export function condition(e: Emitter, cc: number): Value {
  const from = e.flagsOrigin();
  const holds = (from && comparison(e, cc, from)) ?? conditionOf(e, cc >> 1, currentFlags(e));
  return cc & 1 ? e.eqz(32, holds) : holds;
}

function conditionOf(e: Emitter, pair: number, { c, p, z, s, o }: Flags): Value {
  const less = e.xor(32, s, o);
  return [o, c, z, e.or(32, c, z), s, p, less, e.or(32, z, less)][pair]!;
}

export const evaluateFlags: Routine<Emitter> = {
  name: "evaluateFlags",
  params: ["i32", "i64", "i64"],
  result: "i64",
  body(e, kind, a, b) {
    for (let n = 1; n <= SOURCES.length * SIZES.length; n++)
      e.if(e.eq(32, kind!, e.i32(n)), () => {
        const flags = flagsFrom(e, { kind: n, a: a!, b: b! });
        const bytes = FLAG_NAMES.map((name, index) => e.shl(64, e.zeroExtend(64, flags[name]), 8 * index));
        e.return(bytes.reduce((all, one) => e.or(64, all, one)));
      });
    return e.i64(0);
  },
};
