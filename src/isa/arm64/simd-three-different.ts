import type { Insn, Routine, Value } from "../index.ts";
import { lanes, or, replaceLane, type Size, widen, widenMultiply } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import {
  absoluteDifferenceLong,
  doublingMultiplyLong,
  narrowHigh,
  polynomialMultiply,
  saturatingAdd,
  saturatingSub,
} from "./simd-arithmetic.ts";
import { BHS, binary, fill, HS, type Result, type Saturated, setHalf, setVector } from "./simd-vector.ts";

interface Sources {
  readonly size: Size;
  /** 1: the narrow sources are the high halves. */
  readonly high: number;
  readonly n: Value;
  readonly m: Value;
  d(): Value;
}
type Compute = (e: A64, s: Sources, signed: boolean) => Result;
type Shape = "long" | "wide" | "narrow";

interface Operation {
  readonly name: string;
  readonly U: number;
  readonly opcode: number;
  readonly shape: Shape;
  readonly sizes: readonly Size[];
  readonly scalar: boolean;
  readonly compute: (e: A64, s: Sources) => Result;
}

function bothSigns(name: string, opcode: number, shape: Shape, compute: Compute): Operation[] {
  return [0, 1].map((U) => ({
    name: name.replace("#", U ? "U" : "S"),
    U,
    opcode,
    shape,
    sizes: BHS,
    scalar: false,
    compute: (e, s) => compute(e, s, U === 0),
  }));
}

const highHalf = (name: string, U: number, opcode: number, op: "add" | "sub"): Operation => ({
  name,
  U,
  opcode,
  shape: "narrow",
  sizes: BHS,
  scalar: false,
  compute: (e, { size, n, m }) => narrowHigh(e, size, U === 1, lanes(e, size + 1, op, n, m)),
});

const doubling = (name: string, opcode: number, compute: Operation["compute"]): Operation => ({
  name,
  U: 0,
  opcode,
  shape: "long",
  sizes: HS,
  scalar: true,
  compute,
});

const addLong =
  (op: "add" | "sub"): Compute =>
  (e, { size, high, n, m }, signed) =>
    lanes(e, size + 1, op, widen(e, size, signed, high, n), widen(e, size, signed, high, m));
const addWide =
  (op: "add" | "sub"): Compute =>
  (e, { size, high, n, m }, signed) =>
    lanes(e, size + 1, op, n, widen(e, size, signed, high, m));
const multiplyInto =
  (op: "add" | "sub"): Compute =>
  (e, { size, high, n, m, d }, signed) =>
    lanes(e, size + 1, op, d(), widenMultiply(e, size, signed, high, n, m));

/** SQDMLAL and SQDMLSL: the product saturates, then the sum does. */
const doublingInto =
  (accumulate: typeof saturatingAdd) =>
  (e: A64, { size, high, n, m, d }: Sources): Saturated => {
    const product = doublingMultiplyLong(e, size, high, n, m);
    const sum = accumulate(e, size + 1, true, d(), product.value);
    return { value: sum.value, saturated: or(e, sum.saturated, product.saturated) };
  };

/** Those that a by-element form shares. */
export const SMLAL = multiplyInto("add");
export const SMLSL = multiplyInto("sub");
export const SMULL: Compute = (e, { size, high, n, m }, signed) => widenMultiply(e, size, signed, high, n, m);
export const SQDMLAL = doublingInto(saturatingAdd);
export const SQDMLSL = doublingInto(saturatingSub);
export const SQDMULL = (e: A64, { size, high, n, m }: Sources): Saturated => doublingMultiplyLong(e, size, high, n, m);

const operations: readonly Operation[] = [
  ...bothSigns("#ADDL", 0b0000, "long", addLong("add")),
  ...bothSigns("#ADDW", 0b0001, "wide", addWide("add")),
  ...bothSigns("#SUBL", 0b0010, "long", addLong("sub")),
  ...bothSigns("#SUBW", 0b0011, "wide", addWide("sub")),
  highHalf("ADDHN", 0, 0b0100, "add"),
  highHalf("RADDHN", 1, 0b0100, "add"),
  ...bothSigns("#ABAL", 0b0101, "long", (e, { size, high, n, m, d }, signed) =>
    lanes(e, size + 1, "add", d(), absoluteDifferenceLong(e, size, signed, high, n, m)),
  ),
  highHalf("SUBHN", 0, 0b0110, "sub"),
  highHalf("RSUBHN", 1, 0b0110, "sub"),
  ...bothSigns("#ABDL", 0b0111, "long", (e, { size, high, n, m }, signed) =>
    absoluteDifferenceLong(e, size, signed, high, n, m),
  ),
  ...bothSigns("#MLAL", 0b1000, "long", SMLAL),
  doubling("SQDMLAL", 0b1001, SQDMLAL),
  ...bothSigns("#MLSL", 0b1010, "long", SMLSL),
  doubling("SQDMLSL", 0b1011, SQDMLSL),
  ...bothSigns("#MULL", 0b1100, "long", SMULL),
  doubling("SQDMULL", 0b1101, SQDMULL),
];

/** (i64, i64) → their 128-bit carry-less product. */
const carrylessMultiply: Routine<A64> = {
  name: "carrylessMultiply",
  params: ["i64", "i64"],
  result: "v128",
  body(e: A64, a: Value, b: Value): Value {
    const left = e.variable(b);
    const low = e.variable(e.i64(0));
    const high = e.variable(e.i64(0));
    e.while(
      () => e.ne(64, e.get(left), e.i64(0)),
      () => {
        const rest = e.get(left);
        const bit = e.op("i64.ctz", rest);
        e.set(low, e.xor(64, e.get(low), e.shl(64, a, bit)));
        e.set(high, e.xor(64, e.get(high), e.shrU(64, e.shrU(64, a, 1), e.sub(64, e.i64(63), bit))));
        e.set(left, e.and(64, rest, e.sub(64, rest, e.i64(1))));
      },
    );
    return replaceLane(e, 3, lanes(e, 3, "splat", e.get(low)), 1, e.get(high));
  },
};

function names(shape: Shape, size: Size, Q: number): [d: string, n: string, m: string] {
  const wide = asm.arrangement(size + 1, 1);
  const narrow = asm.arrangement(size, Q);
  if (shape === "long") return [wide, narrow, narrow];
  return shape === "wide" ? [wide, wide, narrow] : [narrow, wide, wide];
}

/** Advanced SIMD three different. */
export const advancedSimdThreeDifferent: readonly Insn<A64>[] = [
  ...operations.map(({ name, U, opcode, shape, sizes, compute }) =>
    insn(
      `${name}, ${name}2`,
      fill("0 Q:1 U 01110 size:2 1 rm:5 opcode 00 rn:5 rd:5", { U, opcode: binary(opcode, 4) }),
      ["Q", "size"],
      (e, { Q, size, rm, rn, rd }) => {
        e.checkFp();
        const result = compute(e, { size, high: Q, n: e.vreg(rn), m: e.vreg(rm), d: () => e.vreg(rd) });
        if (shape === "narrow") setHalf(e, Q, rd, result);
        else setVector(e, 128, rd, result);
      },
      {
        splits: ({ size }) => sizes.includes(size),
        asm: ({ Q, size, rm, rn, rd }) => {
          const [d, n, m] = names(shape, size, Q);
          return asm.line(name.toLowerCase() + (Q ? "2" : ""), asm.vector(rd, d), asm.vector(rn, n), asm.vector(rm, m));
        },
      },
    ),
  ),
  insn(
    "PMULL, PMULL2",
    "0 Q:1 0 01110 size:2 1 rm:5 1110 00 rn:5 rd:5",
    ["Q", "size"],
    (e, { Q, size, rm, rn, rd }) => {
      e.checkFp();
      if (size === 3) {
        const half = (v: Value): Value => e.op("i64x2.extract_lane", v, Q);
        e.setVreg(rd, e.call(carrylessMultiply, half(e.vreg(rn)), half(e.vreg(rm))));
      } else {
        const [n, m] = [rn, rm].map((r) => widen(e, 0, false, Q, e.vreg(r))) as [Value, Value];
        e.setVreg(rd, polynomialMultiply(e, 1, n, m));
      }
    },
    {
      splits: ({ size }) => size === 0 || size === 3,
      asm: ({ Q, size, rm, rn, rd }) => {
        const narrow = asm.arrangement(size, Q);
        const wide = size ? "1q" : "8h";
        return asm.line(Q ? "pmull2" : "pmull", asm.vector(rd, wide), asm.vector(rn, narrow), asm.vector(rm, narrow));
      },
    },
  ),
];

/** Advanced SIMD scalar three different. */
export const advancedSimdScalarThreeDifferent: readonly Insn<A64>[] = operations
  .filter(({ scalar }) => scalar)
  .map(({ name, opcode, sizes, compute }) =>
    insn(
      `${name} (scalar)`,
      fill("01 0 11110 size:2 1 rm:5 opcode 00 rn:5 rd:5", { opcode: binary(opcode, 4) }),
      ["size"],
      (e, { size, rm, rn, rd }) => {
        e.checkFp();
        const result = compute(e, { size, high: 0, n: e.vreg(rn), m: e.vreg(rm), d: () => e.vreg(rd) });
        setVector(e, 16 << size, rd, result);
      },
      {
        splits: ({ size }) => sizes.includes(size),
        asm: ({ size, rm, rn, rd }) =>
          asm.line(name.toLowerCase(), asm.scalar(size + 1, rd), asm.scalar(size, rn), asm.scalar(size, rm)),
      },
    ),
  );
