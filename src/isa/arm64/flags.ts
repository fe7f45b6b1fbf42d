import type { FlagsOrigin, Routine, Value, Width } from "../index.ts";
import type { A64 } from "./emitter.ts";

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
export function flagsOrigin(e: A64, source: Source, width: Width, a: Value, b: Value): FlagsOrigin {
  const kind = 1 + 2 * SOURCES.indexOf(source) + WIDTHS.indexOf(width);
  return { kind, a: e.zeroExtend(64, a), b: e.zeroExtend(64, b) };
}

interface Comparison {
  readonly source: Source;
  readonly width: Width;
  readonly a: Value;
  readonly b: Value;
}

function comparison(e: A64, { kind, a, b }: FlagsOrigin): Comparison {
  const width = WIDTHS[(kind - 1) & 1]!;
  return { source: SOURCES[(kind - 1) >> 1]!, width, a: e.resize(width, a), b: e.resize(width, b) };
}

export function flagsFrom(e: A64, origin: FlagsOrigin): Flags {
  const { source, width, a, b } = comparison(e, origin);
  if (source === "result") return e.logicalFlags(width, a);
  return e.addWithCarry(width, a, source === "sum" ? b : e.not(width, b), source === "sum" ? 0 : 1).nzcv;
}

/** ConditionHolds() of the manual for the first of a pair of conditions, which the upper three bits of its number name. */
export function conditionOfFlags(
  e: A64,
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
export function compare(e: A64, cond: number, origin: FlagsOrigin): Value | undefined {
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
export const evaluateFlags: Routine<A64> = {
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
