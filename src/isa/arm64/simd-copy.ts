import type { Insn, Operand, Value } from "../index.ts";
import { and, byteVector, keep, lanes, or, select, type Size } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { bitsOf } from "./fp-rounding.ts";
import { expandImmediate, immediateText } from "./fp-compare.ts";
import { fill, setVector } from "./simd-vector.ts";

/** imm5: the element size as a trailing one, the index above it. */
const INDEX = ["i:4 1", "i:3 10", "i:2 100", "i:1 1000"] as const;

/** Swizzle indices that bring lane `index` to every lane, as half a vector. */
function laneBytes(size: Size, index: number): bigint {
  let bytes = 0n;
  for (let i = 7; i >= 0; i--) bytes = (bytes << 8n) | BigInt((index << size) | (i & ((1 << size) - 1)));
  return bytes;
}

/** Element `index` of a vector in every lane; the index follows from fields. */
export function splatElement(
  e: A64,
  size: Size,
  a: Value,
  fields: readonly Operand[],
  index: (...values: number[]) => number,
): Value {
  const half = e.derive(fields, (...values) => laneBytes(size, index(...values)));
  return e.op("i8x16.swizzle", a, e.op("i64x2.splat", half));
}

/** All ones in the lane with the number of a field. */
function laneMask(e: A64, size: Size, i: Operand): Value {
  return e.op(
    "i8x16.eq",
    byteVector(e, (byte) => byte >> size),
    e.op("i8x16.splat", e.imm(32, i)),
  );
}

const widthOf = (size: Size): 32 | 64 => (size === 3 ? 64 : 32);

const copyRows = INDEX.flatMap((index, size) => [
  insn(
    "DUP (element)",
    fill(`0 Q:1 0 01110000 ${index} 0 0000 1 rn:5 rd:5`, {}),
    ["Q"],
    (e, { Q, i, rn, rd }) => {
      e.checkFp();
      setVector(
        e,
        Q ? 128 : 64,
        rd,
        splatElement(e, size, e.vreg(rn), [i], (n) => n),
      );
    },
    {
      splits: ({ Q }) => size < 3 || Q === 1,
      asm: ({ Q, i, rn, rd }) => asm.line("dup", asm.vector(rd, asm.arrangement(size, Q)), asm.element(size, rn, i)),
    },
  ),
  insn(
    "DUP (general)",
    fill(`0 Q:1 0 01110000 ${index} 0 0001 1 rn:5 rd:5`, {}),
    ["Q"],
    (e, { Q, rn, rd }) => {
      e.checkFp();
      setVector(e, Q ? 128 : 64, rd, lanes(e, size, "splat", e.gpr(widthOf(size), rn)));
    },
    {
      splits: ({ Q }) => size < 3 || Q === 1,
      asm: ({ Q, rn, rd }) => asm.line("dup", asm.vector(rd, asm.arrangement(size, Q)), asm.reg(size === 3, rn)),
    },
  ),
  // A doubleword has nothing to extend to.
  ...(size === 3
    ? []
    : [
        insn(
          "SMOV",
          fill(`0 Q:1 0 01110000 ${index} 0 0101 1 rn:5 rd:5`, {}),
          ["Q"],
          (e, { Q, i, rn, rd }) => {
            e.checkFp();
            const element = splatElement(e, size, e.vreg(rn), [i], (n) => n);
            const width = Q ? 64 : 32;
            const value = lanes(e, size, size === 2 ? "extract_lane" : "extract_lane_s", element, 0);
            e.setGpr(width, rd, width === 64 ? e.op("i64.extend_i32_s", value) : value);
          },
          {
            splits: ({ Q }) => size < 2 + Q,
            asm: ({ Q, i, rn, rd }) => asm.line("smov", asm.reg(Q, rd), asm.element(size, rn, i)),
          },
        ),
      ]),
  insn(
    "UMOV",
    fill(`0 Q:1 0 01110000 ${index} 0 0111 1 rn:5 rd:5`, {}),
    ["Q"],
    (e, { i, rn, rd }) => {
      e.checkFp();
      const element = splatElement(e, size, e.vreg(rn), [i], (n) => n);
      e.setGpr(widthOf(size), rd, lanes(e, size, size < 2 ? "extract_lane_u" : "extract_lane", element, 0));
    },
    {
      splits: ({ Q }) => Q === Number(size === 3),
      asm: ({ Q, i, rn, rd }) => asm.line(size < 2 ? "umov" : "mov", asm.reg(Q, rd), asm.element(size, rn, i)),
    },
  ),
  insn(
    "INS (general)",
    fill(`0 1 0 01110000 ${index} 0 0011 1 rn:5 rd:5`, {}),
    [],
    (e, { i, rn, rd }) => {
      e.checkFp();
      const value = lanes(e, size, "splat", e.gpr(widthOf(size), rn));
      e.setVreg(rd, select(e, laneMask(e, size, i), value, e.vreg(rd)));
    },
    { asm: ({ i, rn, rd }) => asm.line("mov", asm.element(size, rd, i), asm.reg(size === 3, rn)) },
  ),
  insn(
    "INS (element)",
    fill(`0 1 1 01110000 ${index} 0 from:4 1 rn:5 rd:5`, {}),
    [],
    (e, { i, from, rn, rd }) => {
      e.checkFp();
      const value = splatElement(e, size, e.vreg(rn), [from], (n) => n >> size);
      e.setVreg(rd, select(e, laneMask(e, size, i), value, e.vreg(rd)));
    },
    {
      asm: ({ i, from, rn, rd }) => asm.line("mov", asm.element(size, rd, i), asm.element(size, rn, from >> size)),
    },
  ),
]);

/** Advanced SIMD copy. */
export const advancedSimdCopy: readonly Insn<A64>[] = copyRows;

/** Advanced SIMD scalar copy. */
export const advancedSimdScalarCopy: readonly Insn<A64>[] = INDEX.map((index, size) =>
  insn(
    "DUP (element, scalar)",
    fill(`01 0 11110000 ${index} 0 0000 1 rn:5 rd:5`, {}),
    [],
    (e, { i, rn, rd }) => {
      e.checkFp();
      setVector(
        e,
        8 << size,
        rd,
        splatElement(e, size, e.vreg(rn), [i], (n) => n),
      );
    },
    { asm: ({ i, rn, rd }) => asm.line("mov", asm.scalar(size, rd), asm.element(size, rn, i)) },
  ),
);

/** Half a vector that repeats a number. */
const repeat = (size: Size, value: bigint): bigint => {
  let result = 0n;
  for (let i = 0; i < 8 >> size; i++) result = (result << BigInt(8 << size)) | value;
  return result;
};

/** AdvSIMDExpandImm(), without the final inversion of MVNI and BIC. */
function expandModified(op: number, cmode: number, imm8: number): bigint {
  const n = BigInt(imm8);
  if (cmode < 8) return repeat(2, n << BigInt(8 * (cmode >> 1)));
  if (cmode < 12) return repeat(1, n << BigInt(8 * ((cmode >> 1) & 1)));
  if (cmode < 14) return repeat(2, cmode & 1 ? (n << 16n) | 0xffffn : (n << 8n) | 0xffn);
  if (cmode === 15) return op ? bitsOf(1, expandImmediate(imm8)) : repeat(2, bitsOf(0, expandImmediate(imm8)));
  if (op === 0) return repeat(0, n);
  let result = 0n;
  for (let bit = 7; bit >= 0; bit--) result = (result << 8n) | (imm8 & (1 << bit) ? 0xffn : 0n);
  return result;
}

/** Whether cmode combines with the register (ORR, BIC) instead of replacing it. */
const combines = (cmode: number): boolean => cmode < 12 && (cmode & 1) === 1;

function modifiedAsm(Q: number, op: number, cmode: number, imm8: number, rd: number): string {
  const to = (size: Size): string => asm.vector(rd, asm.arrangement(size, Q));
  const name = combines(cmode) ? (op ? "bic" : "orr") : op ? "mvni" : "movi";
  const shifted = (size: Size, kind: string, amount: number): string =>
    asm.line(name, to(size), asm.hex(imm8), ...(amount ? [`${kind} #${amount}`] : []));
  if (cmode < 8) return shifted(2, "lsl", 8 * (cmode >> 1));
  if (cmode < 12) return shifted(1, "lsl", 8 * ((cmode >> 1) & 1));
  if (cmode < 14) return shifted(2, "msl", cmode & 1 ? 16 : 8);
  if (cmode === 15) return asm.line("fmov", to(op ? 3 : 2), immediateText(imm8));
  if (op === 0) return shifted(0, "lsl", 0);
  return asm.line("movi", Q ? to(3) : asm.scalar(3, rd), asm.hex(expandModified(1, 14, imm8)));
}

/** Advanced SIMD modified immediate. */
export const advancedSimdModifiedImmediate: readonly Insn<A64>[] = [
  insn(
    "MOVI, MVNI, ORR, BIC, FMOV (vector, immediate)",
    "0 Q:1 op:1 0111100000 abc:3 cmode:4 0 1 defgh:5 rd:5",
    ["Q", "op", "cmode"],
    (e, { Q, op, cmode, abc, defgh, rd }) => {
      e.checkFp();
      const inverted = op === 1 && cmode < 14;
      const half = e.derive([abc, defgh], (high, low) => {
        const imm = expandModified(op, cmode, (high! << 5) | low!);
        return inverted ? ~imm : imm;
      });
      const imm = e.op("i64x2.splat", half);
      const combined = op ? and(e, e.vreg(rd), imm) : or(e, e.vreg(rd), imm);
      e.setVreg(rd, keep(e, Q ? 128 : 64, combines(cmode) ? combined : imm));
    },
    {
      splits: ({ Q, op, cmode }) => cmode !== 15 || op === 0 || Q === 1,
      asm: ({ Q, op, cmode, abc, defgh, rd }) => modifiedAsm(Q, op, cmode, (abc << 5) | defgh, rd),
    },
  ),
];
