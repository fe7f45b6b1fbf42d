import type { Insn, Value } from "../index.ts";
import { and, lanes, ltU, not, or, pairs, select, type Size, xor, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import {
  absoluteDifference,
  doublingMultiplyHigh,
  halvingAdd,
  halvingSub,
  multiply,
  polynomialMultiply,
  saturatingAdd,
  saturatingSub,
  shiftByRegister,
} from "./simd-arithmetic.ts";
import { ALL, BHS, binary, fill, HS, type Result, setVector } from "./simd-vector.ts";

/** What an operation sees: lane size, how many low bits count, both sources, and the destination's old value. */
export interface Lanes {
  readonly size: Size;
  readonly bits: number;
  readonly n: Value;
  readonly m: Value;
  d(): Value;
}

interface Operation {
  readonly name: string;
  readonly U: number;
  readonly opcode: number;
  /** Element sizes of the vector and of the scalar form. */
  readonly sizes: readonly Size[];
  readonly scalar: readonly Size[];
  readonly compute: (e: A64, lanes: Lanes) => Result;
}

function same(
  name: string,
  U: number,
  opcode: number,
  sizes: readonly Size[],
  scalar: readonly Size[],
  compute: Operation["compute"],
): Operation {
  return { name, U, opcode, sizes, scalar, compute };
}

/** The same operation for signed (U = 0) and unsigned lanes. */
function bothSigns(
  name: string,
  opcode: number,
  sizes: readonly Size[],
  scalar: readonly Size[],
  compute: (e: A64, lanes: Lanes, signed: boolean) => Result,
): Operation[] {
  return [0, 1].map((U) =>
    same(name.replace("#", U ? "U" : "S"), U, opcode, sizes, scalar, (e, l) => compute(e, l, U === 0)),
  );
}

const D = [3] as const;
const NONE = [] as const;
const sign = (signed: boolean): string => (signed ? "s" : "u");
const shifts = (signed: boolean, round: boolean, saturate: boolean) => ({ signed, round, saturate });

function pairwise(name: string): (e: A64, lanes: Lanes) => Value {
  return (e, { size, bits, n, m }) => {
    const { even, odd } = pairs(e, size, bits, n, m);
    return lanes(e, size, name, even, odd);
  };
}

// Rows in the order of U:opcode within each operation; SIMD three same (C4.1.6).
// prettier-ignore
const operations: readonly Operation[] = [
  ...bothSigns("#HADD", 0b00000, BHS, NONE, (e, { size, n, m }, signed) => halvingAdd(e, size, signed, false, n, m)),
  ...bothSigns("#QADD", 0b00001, ALL, ALL, (e, { size, n, m }, signed) => saturatingAdd(e, size, signed, n, m)),
  ...bothSigns("#RHADD", 0b00010, BHS, NONE, (e, { size, n, m }, signed) => halvingAdd(e, size, signed, true, n, m)),
  ...bothSigns("#HSUB", 0b00100, BHS, NONE, (e, { size, n, m }, signed) => halvingSub(e, size, signed, n, m)),
  ...bothSigns("#QSUB", 0b00101, ALL, ALL, (e, { size, n, m }, signed) => saturatingSub(e, size, signed, n, m)),
  same("CMGT", 0, 0b00110, ALL, D, (e, { size, n, m }) => lanes(e, size, "gt_s", n, m)),
  same("CMHI", 1, 0b00110, ALL, D, (e, { size, n, m }) => ltU(e, size, m, n)),
  same("CMGE", 0, 0b00111, ALL, D, (e, { size, n, m }) => lanes(e, size, "ge_s", n, m)),
  same("CMHS", 1, 0b00111, ALL, D, (e, { size, n, m }) => not(e, ltU(e, size, n, m))),
  ...bothSigns("#SHL", 0b01000, ALL, D, (e, { size, n, m }, s) => shiftByRegister(e, size, shifts(s, false, false), n, m)),
  ...bothSigns("#QSHL", 0b01001, ALL, ALL, (e, { size, n, m }, s) => shiftByRegister(e, size, shifts(s, false, true), n, m)),
  ...bothSigns("#RSHL", 0b01010, ALL, D, (e, { size, n, m }, s) => shiftByRegister(e, size, shifts(s, true, false), n, m)),
  ...bothSigns("#QRSHL", 0b01011, ALL, ALL, (e, { size, n, m }, s) => shiftByRegister(e, size, shifts(s, true, true), n, m)),
  ...bothSigns("#MAX", 0b01100, BHS, NONE, (e, { size, n, m }, s) => lanes(e, size, `max_${sign(s)}`, n, m)),
  ...bothSigns("#MIN", 0b01101, BHS, NONE, (e, { size, n, m }, s) => lanes(e, size, `min_${sign(s)}`, n, m)),
  ...bothSigns("#ABD", 0b01110, BHS, NONE, (e, { size, n, m }, s) => absoluteDifference(e, size, s, n, m)),
  ...bothSigns("#ABA", 0b01111, BHS, NONE, (e, { size, n, m, d }, s) =>
    lanes(e, size, "add", d(), absoluteDifference(e, size, s, n, m))),
  same("ADD", 0, 0b10000, ALL, D, (e, { size, n, m }) => lanes(e, size, "add", n, m)),
  same("SUB", 1, 0b10000, ALL, D, (e, { size, n, m }) => lanes(e, size, "sub", n, m)),
  same("CMTST", 0, 0b10001, ALL, D, (e, { size, n, m }) => lanes(e, size, "ne", and(e, n, m), zero(e))),
  same("CMEQ", 1, 0b10001, ALL, D, (e, { size, n, m }) => lanes(e, size, "eq", n, m)),
  same("MLA", 0, 0b10010, BHS, NONE, (e, { size, n, m, d }) => lanes(e, size, "add", d(), multiply(e, size, n, m))),
  same("MLS", 1, 0b10010, BHS, NONE, (e, { size, n, m, d }) => lanes(e, size, "sub", d(), multiply(e, size, n, m))),
  same("MUL", 0, 0b10011, BHS, NONE, (e, { size, n, m }) => multiply(e, size, n, m)),
  same("PMUL", 1, 0b10011, [0], NONE, (e, { n, m }) => polynomialMultiply(e, 0, n, m)),
  ...bothSigns("#MAXP", 0b10100, BHS, NONE, (e, l, s) => pairwise(`max_${sign(s)}`)(e, l)),
  ...bothSigns("#MINP", 0b10101, BHS, NONE, (e, l, s) => pairwise(`min_${sign(s)}`)(e, l)),
  same("SQDMULH", 0, 0b10110, HS, HS, (e, { size, n, m }) => doublingMultiplyHigh(e, size, false, n, m)),
  same("SQRDMULH", 1, 0b10110, HS, HS, (e, { size, n, m }) => doublingMultiplyHigh(e, size, true, n, m)),
  same("ADDP", 0, 0b10111, ALL, NONE, pairwise("add")),
];

/** The logical operations: `size` chooses among them. */
const logical: readonly [name: string, U: number, size: number, compute: (e: A64, l: Lanes) => Value][] = [
  ["AND", 0, 0, (e, { n, m }) => and(e, n, m)],
  ["BIC", 0, 1, (e, { n, m }) => e.op("v128.andnot", n, m)],
  ["ORR", 0, 2, (e, { n, m }) => or(e, n, m)],
  ["ORN", 0, 3, (e, { n, m }) => or(e, n, not(e, m))],
  ["EOR", 1, 0, (e, { n, m }) => xor(e, n, m)],
  ["BSL", 1, 1, (e, { n, m, d }) => select(e, d(), n, m)],
  ["BIT", 1, 2, (e, { n, m, d }) => select(e, m, n, d())],
  ["BIF", 1, 3, (e, { n, m, d }) => select(e, m, d(), n)],
];

const vectorRows = operations.map(({ name, U, opcode, sizes, compute }) =>
  insn(
    `${name} (vector)`,
    fill("0 Q:1 U 01110 size:2 1 rm:5 opcode 1 rn:5 rd:5", { U, opcode: binary(opcode, 5) }),
    ["Q", "size"],
    (e, { Q, size, rm, rn, rd }) => {
      e.checkFp();
      const bits = Q ? 128 : 64;
      setVector(e, bits, rd, compute(e, { size, bits, n: e.vreg(rn), m: e.vreg(rm), d: () => e.vreg(rd) }));
    },
    {
      splits: ({ Q, size }) => sizes.includes(size) && (size !== 3 || Q === 1),
      asm: ({ Q, size, rm, rn, rd }) => {
        const t = asm.arrangement(size, Q);
        return asm.line(name.toLowerCase(), asm.vector(rd, t), asm.vector(rn, t), asm.vector(rm, t));
      },
    },
  ),
);

const logicalRows = logical.map(([name, U, size, compute]) =>
  insn(
    `${name} (vector)`,
    fill("0 Q:1 U 01110 size 1 rm:5 00011 1 rn:5 rd:5", { U, size: binary(size, 2) }),
    ["Q"],
    (e, { Q, rm, rn, rd }) => {
      e.checkFp();
      const bits = Q ? 128 : 64;
      setVector(e, bits, rd, compute(e, { size: 0, bits, n: e.vreg(rn), m: e.vreg(rm), d: () => e.vreg(rd) }));
    },
    {
      asm: ({ Q, rm, rn, rd }) => {
        const t = asm.arrangement(0, Q);
        if (name === "ORR" && rn === rm) return asm.line("mov", asm.vector(rd, t), asm.vector(rn, t));
        return asm.line(name.toLowerCase(), asm.vector(rd, t), asm.vector(rn, t), asm.vector(rm, t));
      },
    },
  ),
);

/** Advanced SIMD three same, integer and logical. */
export const advancedSimdThreeSame: readonly Insn<A64>[] = [...vectorRows, ...logicalRows];

/** Advanced SIMD scalar three same, integer. */
export const advancedSimdScalarThreeSame: readonly Insn<A64>[] = operations
  .filter(({ scalar }) => scalar.length > 0)
  .map(({ name, U, opcode, scalar, compute }) =>
    insn(
      `${name} (scalar)`,
      fill("01 U 11110 size:2 1 rm:5 opcode 1 rn:5 rd:5", { U, opcode: binary(opcode, 5) }),
      ["size"],
      (e, { size, rm, rn, rd }) => {
        e.checkFp();
        const bits = 8 << size;
        setVector(e, bits, rd, compute(e, { size, bits, n: e.vreg(rn), m: e.vreg(rm), d: () => e.vreg(rd) }));
      },
      {
        splits: ({ size }) => scalar.includes(size),
        asm: ({ size, rm, rn, rd }) =>
          asm.line(name.toLowerCase(), asm.scalar(size, rd), asm.scalar(size, rn), asm.scalar(size, rm)),
      },
    ),
  );
