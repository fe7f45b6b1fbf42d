import type { Emitter, FlagsOrigin, Routine, Value, Width } from "../index.ts";
import { state } from "./state.ts";

/** The four condition flags, each an i32 that is 0 or 1. */
export interface Flags {
  readonly n: Value;
  readonly z: Value;
  readonly c: Value;
  readonly v: Value;
  readonly origin?: FlagsOrigin;
}

/** What flags come from: the sum or the difference of two operands, or a result alone. */
type Source = "sum" | "difference" | "result";
const SOURCES: readonly Source[] = ["sum", "difference", "result"];
const WIDTHS: readonly Width[] = [32, 64];

/** Kinds of FlagsOrigin, from 1 on. */
function flagsOrigin(e: Emitter, source: Source, width: Width, a: Value, b: Value): FlagsOrigin {
  const kind = 1 + 2 * SOURCES.indexOf(source) + WIDTHS.indexOf(width);
  return { kind, a: e.zeroExtend(64, a), b: e.zeroExtend(64, b) };
}

interface Comparison {
  readonly source: Source;
  readonly width: Width;
  readonly a: Value;
  readonly b: Value;
}

function comparison(e: Emitter, { kind, a, b }: FlagsOrigin): Comparison {
  const width = WIDTHS[(kind - 1) & 1]!;
  return { source: SOURCES[(kind - 1) >> 1]!, width, a: e.resize(width, a), b: e.resize(width, b) };
}

export function flagsFrom(e: Emitter, origin: FlagsOrigin): Flags {
  const { source, width, a, b } = comparison(e, origin);
  if (source === "result") return logicalFlags(e, width, a);
  return addWithCarry(e, width, a, source === "sum" ? b : e.not(width, b), source === "sum" ? 0 : 1).nzcv;
}

const sign = (e: Emitter, width: Width, a: Value): Value => e.wrap(e.shrU(width, a, width - 1));

const nz = (e: Emitter, width: Width, result: Value): { n: Value; z: Value } => ({
  n: sign(e, width, result),
  z: e.eqz(width, result),
});

/** AddWithCarry() of the manual. `carry` is 0, 1, or an i32. */
export function addWithCarry(
  e: Emitter,
  width: Width,
  a: Value,
  b: Value,
  carry: 0 | 1 | Value,
): { result: Value; nzcv: Flags } {
  let result: Value;
  let c: Value;
  let origin: FlagsOrigin | undefined;
  if (carry === 0) {
    result = e.add(width, a, b);
    c = e.ltU(width, result, a);
    origin = flagsOrigin(e, "sum", width, a, b);
  } else if (carry === 1) {
    const subtrahend = e.not(width, b);
    result = e.sub(width, a, subtrahend);
    origin = flagsOrigin(e, "difference", width, a, subtrahend);
    c = e.op(`i${width}.le_u`, result, a);
    // a - b does not borrow exactly when the result is not above a: b = 0 gives result = a, with carry.
  } else {
    const partial = e.add(width, a, b);
    result = e.add(width, partial, e.zeroExtend(width, carry));
    c = e.or(32, e.ltU(width, partial, a), e.ltU(width, result, partial));
  }
  const overflow = e.and(width, e.xor(width, result, a), e.xor(width, result, b));
  const flags = { ...nz(e, width, result), c, v: sign(e, width, overflow) };
  return { result, nzcv: origin ? { ...flags, origin } : flags };
}

/** N and Z of a result; C and V zero. */
export function logicalFlags(e: Emitter, width: Width, result: Value): Flags {
  const origin = flagsOrigin(e, "result", width, result, e.imm(width, 0));
  return { ...nz(e, width, result), c: e.i32(0), v: e.i32(0), origin };
}

/** The flags as they are now. */
export function currentFlags(e: Emitter): Flags {
  const origin = e.flagsOrigin();
  if (origin) return flagsFrom(e, origin);
  const [n, z, c, v] = [0, 1, 2, 3].map((i) => e.read(state.flags, i)) as [Value, Value, Value, Value];
  return { n, z, c, v };
}

/** ConditionHolds() of the manual for the first of a pair of conditions, which the upper three bits of its number name. */
export function conditionOfFlags(
  e: Emitter,
  pair: number,
  { n, z, c, v }: Readonly<Record<"n" | "z" | "c" | "v", () => Value>>,
): Value {
  switch (pair) {
    case 0:
      return z();
    case 1:
      return c();
    case 2:
      return n();
    case 3:
      return v();
    case 4:
      return e.and(32, c(), e.eqz(32, z()));
    case 5:
      return e.eq(32, n(), v());
    case 6:
      return e.and(32, e.eq(32, n(), v()), e.eqz(32, z()));
    default:
      return e.i32(1);
  }
}

/** A condition straight from what the flags come from; undefined where that is no shorter. */
export function compare(e: Emitter, cond: number, origin: FlagsOrigin): Value | undefined {
  const { source, width, a, b } = comparison(e, origin);
  const zero = e.imm(width, 0);
  const is = (name: string, x: Value, y: Value): Value => e.op(`i${width}.${name}`, x, y);
  const holds = (names: string, x: Value, y: Value): Value => is(names.split(" ")[cond & 1]!, x, y);
  if (source === "difference") {
    const names = ["eq ne", "ge_u lt_u", "", "", "gt_u le_u", "ge_s lt_s", "gt_s le_s"][cond >> 1];
    if (names) return holds(names, a, b);
    return cond >> 1 === 2 ? holds("lt_s ge_s", e.sub(width, a, b), zero) : undefined;
  }
  const result = source === "sum" ? e.add(width, a, b) : a;
  if (cond >> 1 === 0) return holds("eq ne", result, zero);
  if (cond >> 1 === 2) return holds("lt_s ge_s", result, zero);
  if (source === "sum") return cond >> 1 === 1 ? holds("lt_u ge_u", result, a) : undefined;
  if (cond >> 1 === 5) return holds("ge_s lt_s", result, zero);
  return cond >> 1 === 6 ? holds("gt_s le_s", result, zero) : undefined;
}

/** (kind, a, b) → N, Z, C, V as the bytes of an i32: what a kept origin stands for. */
export const evaluateFlags: Routine<Emitter> = {
  name: "evaluateFlags",
  params: ["i32", "i64", "i64"],
  result: "i32",
  body(e, kind, a, b) {
    const last = SOURCES.length * WIDTHS.length;
    for (let known = 1; known <= last; known++) {
      const { n, z, c, v } = flagsFrom(e, { kind: known, a: a!, b: b! });
      const bytes = [n, z, c, v].map((flag, i) => e.shl(32, flag, 8 * i)).reduce((x, y) => e.or(32, x, y));
      e.if(e.eq(32, kind!, e.i32(known)), () => e.return(bytes));
    }
    return e.i32(0);
  },
};
