import type { AccessBits, Insn, Operand, Value } from "../index.ts";
import { replaceLane, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";

/** Loads and stores of B, H, S, D and Q registers: rows of C4.1.4, Loads and Stores, with V = 1. */

const accessBits = (scale: number): AccessBits => (8 << scale) as AccessBits;

/** Reads memory as the value of a vector register. */
function loadVector(e: A64, scale: number, address: Value): Value {
  const value = e.load(accessBits(scale), address);
  if (scale === 4) return value;
  return replaceLane(e, Math.max(scale, 2), zero(e), 0, value);
}

function storeVector(e: A64, scale: number, address: Value, rt: Operand): void {
  const v = e.vreg(rt);
  const value = scale === 4 ? v : scale === 3 ? e.op("i64x2.extract_lane", v, 0) : e.op("i32x4.extract_lane", v, 0);
  e.store(accessBits(scale), address, value);
}

function access(e: A64, load: number, scale: number, address: Value, rt: Operand): void {
  if (load) e.setVreg(rt, loadVector(e, scale, address));
  else storeVector(e, scale, address, rt);
}

/** log2 of the access size in bytes: opc<1>:size, where only 128 bits use opc<1>. */
const scaleOf = ({ size, opc }: { readonly size: number; readonly opc: number }): number => ((opc & 2) << 1) | size;
const exists = ({ size, opc }: { readonly size: number; readonly opc: number }): boolean => opc < 2 || size === 0;

const POST = 1;
const OFFSET = 2;
const PRE = 3;
const indexMode = (mode: number): asm.IndexMode => (mode === POST ? "post" : mode === PRE ? "pre" : "offset");

export const simdRegisterLoadsStores: readonly Insn<A64>[] = [
  insn(
    "LDR (literal, SIMD&FP)",
    "opc:2 011 1 00 imm19:19 rt:5",
    ["opc"],
    (e, { opc, imm19, rt }) => {
      e.checkFp();
      const address = e.add(64, e.pc(), e.shl(64, e.signed(64, imm19), 2));
      access(e, 1, opc + 2, address, rt);
    },
    {
      splits: ({ opc }) => opc !== 3,
      asm: ({ opc, imm19, rt }, address) =>
        asm.line("ldr", asm.scalar(opc + 2, rt), asm.target(address, asm.signedField(imm19, 19) * 4)),
    },
  ),

  insn(
    "LDNP, LDP, STNP, STP (SIMD&FP)",
    "opc:2 101 1 0 mode:2 L:1 imm7:7 rt2:5 rn:5 rt:5",
    ["opc", "mode", "L"],
    (e, { opc, mode, L, imm7, rt2, rn, rt }) => {
      e.checkFp();
      const scale = opc + 2;
      const base = e.gprOrSp(64, rn);
      const moved = e.add(64, base, e.shl(64, e.signed(64, imm7), scale));
      const first = mode === POST ? base : moved;
      const second = e.add(64, first, e.i64(1 << scale));
      if (L) {
        const low = loadVector(e, scale, first);
        const high = loadVector(e, scale, second);
        e.setVreg(rt, low);
        e.setVreg(rt2, high);
      } else {
        storeVector(e, scale, first, rt);
        storeVector(e, scale, second, rt2);
      }
      if (mode & POST) e.setGprOrSp(64, rn, moved);
    },
    {
      splits: ({ opc }) => opc !== 3,
      asm: ({ opc, mode, L, imm7, rt2, rn, rt }) =>
        asm.line(
          (L ? "ld" : "st") + (mode === 0 ? "np" : "p"),
          asm.scalar(opc + 2, rt),
          asm.scalar(opc + 2, rt2),
          asm.memory(rn, asm.signedField(imm7, 7) << (opc + 2), indexMode(mode)),
        ),
    },
  ),

  insn(
    "LDUR, STUR, LDR, STR (immediate, pre- and post-indexed, SIMD&FP)",
    "size:2 111 1 00 opc:2 0 imm9:9 mode:2 rn:5 rt:5",
    ["size", "opc", "mode"],
    (e, { size, opc, mode, imm9, rn, rt }) => {
      e.checkFp();
      const base = e.gprOrSp(64, rn);
      const moved = e.add(64, base, e.signed(64, imm9));
      access(e, opc & 1, scaleOf({ size, opc }), mode === POST ? base : moved, rt);
      if (mode & POST) e.setGprOrSp(64, rn, moved);
    },
    {
      splits: (split) => exists(split) && split.mode !== OFFSET,
      asm: ({ size, opc, mode, imm9, rn, rt }) =>
        asm.line(
          (opc & 1 ? "ld" : "st") + (mode ? "r" : "ur"),
          asm.scalar(scaleOf({ size, opc }), rt),
          asm.memory(rn, asm.signedField(imm9, 9), indexMode(mode)),
        ),
    },
  ),

  insn(
    "LDR, STR (register, SIMD&FP)",
    "size:2 111 1 00 opc:2 1 rm:5 option:3 S:1 10 rn:5 rt:5",
    ["size", "opc", "option"],
    (e, { size, opc, rm, option, S, rn, rt }) => {
      e.checkFp();
      const scale = scaleOf({ size, opc });
      const index = e.gpr(64, rm);
      const extended =
        option & 1 ? index : option === 6 ? e.signExtend(64, index, 32) : e.zeroExtend(64, e.wrap(index));
      const scaled = e.shl(64, extended, e.mul(64, e.imm(64, S), e.i64(scale)));
      access(e, opc & 1, scale, e.add(64, e.gprOrSp(64, rn), scaled), rt);
    },
    {
      splits: (split) => exists(split) && (split.option & 2) !== 0,
      asm: ({ size, opc, rm, option, S, rn, rt }) =>
        asm.line(
          opc & 1 ? "ldr" : "str",
          asm.scalar(scaleOf({ size, opc }), rt),
          asm.memoryRegister(rn, rm, option, S, scaleOf({ size, opc })),
        ),
    },
  ),

  insn(
    "LDR, STR (immediate, unsigned offset, SIMD&FP)",
    "size:2 111 1 01 opc:2 imm12:12 rn:5 rt:5",
    ["size", "opc"],
    (e, { size, opc, imm12, rn, rt }) => {
      e.checkFp();
      const scale = scaleOf({ size, opc });
      access(e, opc & 1, scale, e.add(64, e.gprOrSp(64, rn), e.shl(64, e.imm(64, imm12), scale)), rt);
    },
    {
      splits: exists,
      asm: ({ size, opc, imm12, rn, rt }) =>
        asm.line(
          opc & 1 ? "ldr" : "str",
          asm.scalar(scaleOf({ size, opc }), rt),
          asm.memory(rn, imm12 << scaleOf({ size, opc })),
        ),
    },
  ),
];
