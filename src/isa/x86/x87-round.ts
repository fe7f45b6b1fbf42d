import type { Emitter, Routine, Value } from "../index.ts";
import { BIAS, C1, LEAD, masked, MAX_EXPONENT, note, noteIf, OE, PE, rounding, setResult, signed, UE } from "./x87.ts";

/** Rounding of numbers of 128 bits: `high`, with the leading one at bit 63, and `low`, whose last bit says whether anything follows. */

/** Of what is not masked: the exponent comes into range by it. Volume 1, 8.5.4 and 8.5.5. */
const WRAP = 0x6000;

/** Shifts 128 bits right by an i32, at least 0, keeping in the last bit whether anything was cut off. */
export function shiftRight128(e: Emitter, high: Value, low: Value, by: Value): { high: Value; low: Value } {
  const count = e.zeroExtend(64, by);
  const some = e.zeroExtend(64, e.ne(32, by, e.i32(0)));
  const lost = (value: Value, kept: Value): Value => e.zeroExtend(64, e.ne(64, e.shl(64, kept, count), value));
  // 0 to 63
  const keptLow = e.shrU(64, low, count);
  const moved = e.select(e.wrap(some), e.shl(64, high, e.sub(64, e.i64(64), count)), e.i64(0));
  const near = e.or(64, e.or(64, keptLow, moved), lost(low, keptLow));
  // 64 to 127
  const keptHigh = e.shrU(64, high, count);
  const below = e.zeroExtend(64, e.ne(64, low, e.i64(0)));
  const far = e.or(64, e.or(64, keptHigh, lost(high, keptHigh)), below);
  const isNear = e.ltU(32, by, e.i32(64));
  const rest = e.zeroExtend(64, e.ne(64, e.or(64, high, low), e.i64(0)));
  return {
    high: e.select(isNear, keptHigh, e.i64(0)),
    low: e.select(isNear, near, e.select(e.ltU(32, by, e.i32(128)), far, rest)),
  };
}

/** Shifts 128 bits left so far that the leading one is bit 63 of the upper half. `lead` (i32): by how many. They are not 0. */
export function normalize128(e: Emitter, high: Value, low: Value): { high: Value; low: Value; lead: Value } {
  const none = e.eqz(64, high);
  const [h, l] = [e.select(none, low, high), e.select(none, e.i64(0), low)];
  const lead = e.clz(64, h);
  const moved = e.select(e.wrap(lead), e.shrU(64, l, e.sub(64, e.i64(64), lead)), e.i64(0));
  return {
    high: e.or(64, e.shl(64, h, lead), moved),
    low: e.shl(64, l, lead),
    lead: e.add(32, e.wrap(lead), e.shl(32, none, 6)),
  };
}

/** 1 where a number that is cut off before `rest` becomes the next larger one. `odd`: its last bit. */
export function roundsUp(e: Emitter, sign: Value, odd: Value, rest: Value, mode = rounding(e)): Value {
  const half = e.i64(LEAD);
  const tie = e.and(32, e.eq(64, rest, half), e.wrap(odd));
  const nearest = e.or(32, e.op("i64.gt_u", rest, half), tie);
  const away = e.and(32, e.eq(32, mode, e.sub(32, e.i32(2), sign)), e.ne(64, rest, e.i64(0)));
  return e.select(mode, away, nearest);
}

interface Cut {
  /** Bits that are cut off are 0; 0 where it became the next power of two. */
  readonly value: Value;
  readonly inexact: Value;
  readonly up: Value;
}

/** Cuts off an i32 of bits. */
function cut(e: Emitter, sign: Value, high: Value, low: Value, bits: Value): Cut {
  const count = e.zeroExtend(64, bits);
  const below = e.zeroExtend(64, e.ne(64, low, e.i64(0)));
  const moved = e.or(64, e.shl(64, high, e.sub(64, e.i64(64), count)), below);
  const rest = e.select(bits, moved, low);
  const kept = e.shrU(64, high, count);
  const up = roundsUp(e, sign, e.and(64, kept, e.i64(1)), rest);
  const value = e.shl(64, e.add(64, kept, e.zeroExtend(64, up)), count);
  return { value, inexact: e.ne(64, rest, e.i64(0)), up };
}

function noteInexact(e: Emitter, { inexact, up }: Cut): void {
  noteIf(e, PE, inexact);
  noteIf(e, C1, up);
}

/** (sign, exponent, high, low, bits to cut off): the result becomes the rounded number. */
const roundNumber: Routine<Emitter> = {
  name: "x87Round",
  params: ["i32", "i32", "i64", "i64", "i32"],
  result: undefined,
  beside: true,
  body(e, sign, exponent, high, low, bits) {
    const unbounded = cut(e, sign!, high!, low!, bits!);
    const carried = e.and(32, unbounded.up, e.eqz(64, unbounded.value));
    const reached = e.add(32, exponent!, carried);
    const significand = e.select(carried, e.i64(LEAD), unbounded.value);
    const give = (biased: Value, value: Value): void =>
      setResult(e, { head: signed(e, sign!, biased), significand: value });
    e.if(e.ltS(32, reached, e.i32(1)), () => {
      e.if(e.eqz(32, masked(e, UE)), () => {
        note(e, UE);
        const wrapped = e.add(32, reached, e.i32(WRAP));
        // Only scaling leads further down.
        e.if(e.ltS(32, wrapped, e.i32(1)), () => {
          note(e, PE);
          give(e.i32(0), e.i64(0));
          e.return();
        });
        noteInexact(e, unbounded);
        give(wrapped, significand);
        e.return();
      });
      const shifted = shiftRight128(e, high!, low!, e.sub(32, e.i32(1), exponent!));
      const tiny = cut(e, sign!, shifted.high, shifted.low, bits!);
      noteInexact(e, tiny);
      noteIf(e, UE, tiny.inexact);
      give(e.wrap(e.shrU(64, tiny.value, 63)), tiny.value);
      e.return();
    });
    e.if(e.geS(32, reached, e.i32(MAX_EXPONENT)), () => {
      note(e, OE);
      e.if(e.eqz(32, masked(e, OE)), () => {
        const wrapped = e.sub(32, reached, e.i32(WRAP));
        e.if(e.geS(32, wrapped, e.i32(MAX_EXPONENT)), () => {
          note(e, PE | C1);
          give(e.i32(MAX_EXPONENT), e.i64(LEAD));
          e.return();
        });
        noteInexact(e, unbounded);
        give(wrapped, significand);
        e.return();
      });
      note(e, PE);
      const mode = rounding(e);
      const infinite = e.or(32, e.eqz(32, mode), e.eq(32, mode, e.sub(32, e.i32(2), sign!)));
      noteIf(e, C1, infinite);
      const largest = e.shl(64, e.i64(-1), e.zeroExtend(64, bits!));
      give(e.sub(32, e.i32(MAX_EXPONENT), e.eqz(32, infinite)), e.select(infinite, e.i64(LEAD), largest));
      e.return();
    });
    noteInexact(e, unbounded);
    give(reached, significand);
  },
};

export interface Rounded {
  /** 0 or 1. */
  readonly sign: Value;
  /** Biased, an i32, of any size. */
  readonly exponent: Value;
  readonly high: Value;
  readonly low: Value;
}
/** `bits`: how many are cut off, an i32. */
export function round(e: Emitter, { sign, exponent, high, low }: Rounded, bits: Value = e.i32(0)): void {
  e.call(roundNumber, sign, exponent, high, low, bits);
}

/** Of single and double precision. */
const FORMATS = [
  { name: "Single", bits: 32, cut: 40, bias: 127, infinity: 255 },
  { name: "Double", bits: 64, cut: 11, bias: 1023, infinity: 2047 },
] as const;

/** (sign, exponent of the extended format, significand with a leading one) → its encoding, an i64. */
export const narrow = FORMATS.map(({ name, bits, cut: dropped, bias, infinity }): Routine<Emitter> => ({
  name: `x87Narrow${name}`,
  params: ["i32", "i32", "i64"],
  result: "i64",
  beside: true,
  body(e, sign, extendedExponent, significand) {
    const exponent = e.sub(32, extendedExponent!, e.i32(BIAS - bias));
    const drop = e.i32(dropped);
    const signBit = e.shl(64, e.zeroExtend(64, sign!), bits - 1);
    const fractionBits = 63 - dropped;
    /** With the exponent that a number has without its leading one. */
    const encode = (field: Value, value: Value): Value =>
      e.or(64, signBit, e.add(64, e.shl(64, e.zeroExtend(64, field), fractionBits), e.shrU(64, value, dropped)));
    const unbounded = cut(e, sign!, significand!, e.i64(0), drop);
    const carried = e.and(32, unbounded.up, e.eqz(64, unbounded.value));
    const reached = e.add(32, exponent, carried);
    const whole = e.select(carried, e.i64(LEAD), unbounded.value);
    e.if(e.ltS(32, reached, e.i32(1)), () => {
      const shifted = shiftRight128(e, significand!, e.i64(0), e.sub(32, e.i32(1), exponent));
      const tiny = cut(e, sign!, shifted.high, shifted.low, drop);
      const told = e.or(32, tiny.inexact, e.eqz(32, masked(e, UE)));
      noteIf(e, UE, told);
      noteInexact(e, tiny);
      e.return(encode(e.i32(0), tiny.value));
    });
    e.if(e.geS(32, reached, e.i32(infinity)), () => {
      note(e, OE | PE);
      const mode = rounding(e);
      const infinite = e.or(32, e.eqz(32, mode), e.eq(32, mode, e.sub(32, e.i32(2), sign!)));
      noteIf(e, C1, infinite);
      const largest = e.sub(64, e.shl(64, e.i64(infinity), fractionBits), e.zeroExtend(64, e.eqz(32, infinite)));
      e.return(e.or(64, signBit, largest));
    });
    noteInexact(e, unbounded);
    return encode(e.sub(32, reached, e.i32(1)), whole);
  },
}));
