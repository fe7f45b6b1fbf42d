import type { Insn, Operand, Value } from "../index.ts";
import { replaceLane, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { flushInputs, fpBits, laneSize } from "./fp-arithmetic.ts";
import { FORMATS, IOC, raiseFlag } from "./fp-format.ts";
import { bitsOf } from "./fp-rounding.ts";
import { setVector } from "./simd-vector.ts";

const SINGLE_DOUBLE = ({ ftype }: { readonly ftype: number }): boolean => ftype < 2;
const register = (ftype: number, r: number): string => asm.scalar(laneSize(ftype), r);

/** The scalar in a register, flushed when FPCR.FZ is set: an f32 or an f64. */
const scalar = (e: A64, ftype: number, r: Operand): Value =>
  e.op(`${ftype ? "f64x2" : "f32x4"}.extract_lane`, flushInputs(e, ftype, fpBits(ftype), e.vreg(r)), 0);

/** FPCompare(): sets NZCV; a signalling NaN, or any NaN when `signal`, is invalid. */
function compare(e: A64, ftype: number, signal: boolean, a: Value, b: Value): void {
  const type = ftype ? "f64" : "f32";
  const less = e.op(`${type}.lt`, a, b);
  const equal = e.op(`${type}.eq`, a, b);
  const isNan = (v: Value): Value => e.op(`${type}.ne`, v, v);
  const unordered = e.or(32, isNan(a), isNan(b));
  e.if(unordered, () => {
    const signalling = (v: Value): Value => {
      const width = ftype ? 64 : 32;
      const quiet = e.and(width, e.op(`i${width}.reinterpret_f${width}`, v), e.imm(width, FORMATS[ftype]!.quiet));
      return e.and(32, isNan(v), e.eqz(width, quiet));
    };
    raiseFlag(e, IOC, signal ? e.i32(1) : e.or(32, signalling(a), signalling(b)));
  });
  e.setNzcv({ n: less, z: equal, c: e.eqz(32, less), v: unordered });
}

/** Floating-point compare, conditional compare and conditional select. */
export const fpCompareSelect: readonly Insn<A64>[] = [
  insn(
    "FCMP, FCMPE",
    "0 0 0 11110 ftype:2 1 rm:5 00 1000 rn:5 signal:1 withZero:1 000",
    ["ftype", "signal", "withZero"],
    (e, { ftype, rm, rn, signal, withZero }) => {
      e.checkFp();
      const b = withZero ? (ftype ? e.f64(0) : e.f32(0)) : scalar(e, ftype, rm);
      compare(e, ftype, signal === 1, scalar(e, ftype, rn), b);
    },
    {
      splits: SINGLE_DOUBLE,
      asm: ({ ftype, rm, rn, signal, withZero }) =>
        asm.line(signal ? "fcmpe" : "fcmp", register(ftype, rn), withZero ? "#0.0" : register(ftype, rm)),
    },
  ),
  insn(
    "FCCMP, FCCMPE",
    "0 0 0 11110 ftype:2 1 rm:5 cond:4 01 rn:5 signal:1 nzcv:4",
    ["ftype", "cond", "signal"],
    (e, { ftype, rm, cond, rn, signal, nzcv }) => {
      e.checkFp();
      e.if(
        e.condition(cond),
        () => compare(e, ftype, signal === 1, scalar(e, ftype, rn), scalar(e, ftype, rm)),
        () => e.setNzcvBits(nzcv),
      );
    },
    {
      splits: SINGLE_DOUBLE,
      asm: ({ ftype, rm, cond, rn, signal, nzcv }) =>
        asm.line(
          signal ? "fccmpe" : "fccmp",
          register(ftype, rn),
          register(ftype, rm),
          asm.hex(nzcv),
          asm.condition(cond),
        ),
    },
  ),
  insn(
    "FCSEL",
    "0 0 0 11110 ftype:2 1 rm:5 cond:4 11 rn:5 rd:5",
    ["ftype", "cond"],
    (e, { ftype, rm, cond, rn, rd }) => {
      e.checkFp();
      setVector(e, fpBits(ftype), rd, e.select(e.condition(cond), e.vreg(rn), e.vreg(rm)));
    },
    {
      splits: SINGLE_DOUBLE,
      asm: ({ ftype, rm, cond, rn, rd }) =>
        asm.line("fcsel", ...[rd, rn, rm].map((r) => register(ftype, r)), asm.condition(cond)),
    },
  ),
];

/** VFPExpandImm(): sign, three exponent bits, four fraction bits. */
export function expandImmediate(imm8: number): number {
  const exponent = ((imm8 >> 4) & 7) ^ 4;
  return (imm8 & 0x80 ? -1 : 1) * (1 + (imm8 & 15) / 16) * 2 ** (exponent - 3);
}

/** objdump writes #1.500000000000000000e+00. */
export function immediateText(imm8: number): string {
  const [digits, exponent] = expandImmediate(imm8).toExponential(18).split("e") as [string, string];
  return `#${digits}e${exponent[0]!}${exponent.slice(1).padStart(2, "0")}`;
}

/** Floating-point immediate. */
export const fpImmediate: readonly Insn<A64>[] = [
  insn(
    "FMOV (scalar, immediate)",
    "0 0 0 11110 ftype:2 1 imm8:8 100 00000 rd:5",
    ["ftype"],
    (e, { ftype, imm8, rd }) => {
      e.checkFp();
      const value = e.derive([imm8], (n) => bitsOf(ftype, expandImmediate(n)));
      e.setVreg(rd, replaceLane(e, 3, zero(e), 0, value));
    },
    {
      splits: SINGLE_DOUBLE,
      asm: ({ ftype, imm8, rd }) => asm.line("fmov", register(ftype, rd), immediateText(imm8)),
    },
  ),
];
