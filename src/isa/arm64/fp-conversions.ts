import type { Insn, Operand, Value } from "../index.ts";
import { lanes, replaceLane, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { flushInputs, fpBits, fpLanes, laneSize } from "./fp-arithmetic.ts";
import { isSettled } from "./fp-format.ts";
import { bitsOf, fixedToFp, roundForInteger, type Rounding } from "./fp-rounding.ts";
import { binary, fill } from "./simd-vector.ts";

/** Conversion between floating-point numbers and integers or fixed-point numbers in general registers. */

interface Form {
  readonly sf: number;
  readonly ftype: number;
}
const SINGLE_DOUBLE = ({ ftype }: Form): boolean => ftype < 2;
const register = (ftype: number, r: number): string => asm.scalar(laneSize(ftype), r);

/** Writes lane 0 of a vector, rounded, to a general register. */
function toInteger(e: A64, { sf, ftype }: Form, signed: boolean, rounding: Rounding, a: Value, rd: Operand): void {
  const width = sf ? 64 : 32;
  const rounded = roundForInteger(e, ftype, fpBits(ftype), signed, width, rounding, a);
  const value = fpLanes(e, ftype, "extract_lane", rounded, 0);
  e.setGpr(width, rd, e.op(`i${width}.trunc_sat_f${fpBits(ftype)}_${signed ? "s" : "u"}`, value));
}

/** Writes a general register, times 2^-fbits, to lane 0 of a vector register. */
function fromInteger(e: A64, { sf, ftype }: Form, signed: boolean, rn: Operand, rd: Operand, scale?: Operand): void {
  const width = sf ? 64 : 32;
  const bits = fpBits(ftype);
  const a = e.gpr(width, rn);
  const set = (value: Value): void => e.setVreg(rd, replaceLane(e, laneSize(ftype), zero(e), 0, value));
  const quick = (): void => {
    const value = e.op(`f${bits}.convert_i${width}_${signed ? "s" : "u"}`, a);
    const factor =
      scale &&
      fpLanes(
        e,
        ftype,
        "extract_lane",
        powerOfTwo(e, ftype, scale, (s) => s - 64),
        0,
      );
    set(e.op(`i${bits}.reinterpret_f${bits}`, factor ? e.op(`f${bits}.mul`, value, factor) : value));
  };
  // A double holds every 32-bit integer.
  if (ftype === 1 && !sf) return quick();
  e.if(isSettled(e), quick, () => {
    const wide = signed ? e.signExtend(64, a, width) : e.zeroExtend(64, a);
    const power = scale ? e.sub(64, e.imm(64, scale), e.i64(64)) : e.i64(0);
    const value = fixedToFp(e, ftype, signed, wide, power);
    set(ftype ? value : e.wrap(value));
  });
}

/** 2^power, which depends on a field, in every lane. */
function powerOfTwo(e: A64, ftype: number, field: Operand, power: (field: number) => number): Value {
  const bits = e.derive([field], (n) => bitsOf(ftype, 2 ** power(n)));
  return lanes(e, laneSize(ftype), "splat", ftype ? bits : e.wrap(bits));
}

/** fbits = 64 - scale; a 32-bit register has at most 32 of them. */
const scaleFits = ({ sf, scale }: { readonly sf: number; readonly scale: number }): boolean => sf === 1 || scale >= 32;

/** Conversion between floating-point and fixed-point. Scaling by a power of two is exact here. */
export const fpFixedPoint: readonly Insn<A64>[] = [
  insn(
    "SCVTF, UCVTF (scalar, fixed-point)",
    "sf:1 0 0 11110 ftype:2 0 00 01 U:1 scale:6 rn:5 rd:5",
    ["sf", "ftype", "U"],
    (e, { sf, ftype, U, scale, rn, rd }) => {
      e.checkFp();
      fromInteger(e, { sf, ftype }, U === 0, rn, rd, scale);
    },
    {
      splits: SINGLE_DOUBLE,
      allocated: scaleFits,
      asm: ({ sf, ftype, U, scale, rn, rd }) =>
        asm.line(U ? "ucvtf" : "scvtf", register(ftype, rd), asm.reg(sf, rn), `#${64 - scale}`),
    },
  ),
  insn(
    "FCVTZS, FCVTZU (scalar, fixed-point)",
    "sf:1 0 0 11110 ftype:2 0 11 00 U:1 scale:6 rn:5 rd:5",
    ["sf", "ftype", "U"],
    (e, { sf, ftype, U, scale, rn, rd }) => {
      e.checkFp();
      const scaled = fpLanes(
        e,
        ftype,
        "mul",
        flushInputs(e, ftype, fpBits(ftype), e.vreg(rn)),
        powerOfTwo(e, ftype, scale, (s) => 64 - s),
      );
      toInteger(e, { sf, ftype }, U === 0, "trunc", scaled, rd);
    },
    {
      splits: SINGLE_DOUBLE,
      allocated: scaleFits,
      asm: ({ sf, ftype, U, scale, rn, rd }) =>
        asm.line(U ? "fcvtzu" : "fcvtzs", asm.reg(sf, rd), register(ftype, rn), `#${64 - scale}`),
    },
  ),
];

const toIntegerRows: readonly [letter: string, rmode: number, opcode: number, rounding: Rounding][] = [
  ["N", 0b00, 0b00, "nearest"],
  ["P", 0b01, 0b00, "ceil"],
  ["M", 0b10, 0b00, "floor"],
  ["Z", 0b11, 0b00, "trunc"],
  ["A", 0b00, 0b10, "away"],
];

/** Conversion between floating-point and integer. */
export const fpInteger: readonly Insn<A64>[] = [
  ...toIntegerRows.map(([letter, rmode, opcode, rounding]) =>
    insn(
      `FCVT${letter}S, FCVT${letter}U (scalar)`,
      fill("sf:1 0 0 11110 ftype:2 1 rmode opcode U:1 000000 rn:5 rd:5", {
        rmode: binary(rmode, 2),
        opcode: binary(opcode, 2),
      }),
      ["sf", "ftype", "U"],
      (e, { sf, ftype, U, rn, rd }) => {
        e.checkFp();
        toInteger(e, { sf, ftype }, U === 0, rounding, e.vreg(rn), rd);
      },
      {
        splits: SINGLE_DOUBLE,
        asm: ({ sf, ftype, U, rn, rd }) =>
          asm.line(`fcvt${letter.toLowerCase()}${U ? "u" : "s"}`, asm.reg(sf, rd), register(ftype, rn)),
      },
    ),
  ),
  insn(
    "SCVTF, UCVTF (scalar, integer)",
    "sf:1 0 0 11110 ftype:2 1 00 01 U:1 000000 rn:5 rd:5",
    ["sf", "ftype", "U"],
    (e, { sf, ftype, U, rn, rd }) => {
      e.checkFp();
      fromInteger(e, { sf, ftype }, U === 0, rn, rd);
    },
    {
      splits: SINGLE_DOUBLE,
      asm: ({ sf, ftype, U, rn, rd }) => asm.line(U ? "ucvtf" : "scvtf", register(ftype, rd), asm.reg(sf, rn)),
    },
  ),
  insn(
    "FMOV (general)",
    "sf:1 0 0 11110 ftype:2 1 0 top:1 11 fromGeneral:1 000000 rn:5 rd:5",
    ["sf", "ftype", "top", "fromGeneral"],
    (e, { sf, top, fromGeneral, rn, rd }) => {
      e.checkFp();
      const width = sf ? 64 : 32;
      const size = sf ? 3 : 2;
      if (fromGeneral) e.setVreg(rd, replaceLane(e, size, top ? e.vreg(rd) : zero(e), top, e.gpr(width, rn)));
      else e.setGpr(width, rd, lanes(e, size, "extract_lane", e.vreg(rn), top));
    },
    {
      splits: ({ sf, ftype, top }) => (top ? sf === 1 && ftype === 2 : sf === ftype),
      asm: ({ sf, top, fromGeneral, rn, rd }) => {
        const vector = (r: number): string => (top ? `v${r}.d[1]` : asm.scalar(sf ? 3 : 2, r));
        return fromGeneral
          ? asm.line("fmov", vector(rd), asm.reg(sf, rn))
          : asm.line("fmov", asm.reg(sf, rd), vector(rn));
      },
    },
  ),
];
