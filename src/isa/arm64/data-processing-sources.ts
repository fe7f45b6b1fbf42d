import type { Insn, Value, Width } from "../index.ts";
import { line, reg, w, x } from "./asm.ts";
import { type A64, insn } from "./emitter.ts";

/** Data-processing (2 source), C4.1.5. */
export const dataProcessing2Source: readonly Insn<A64>[] = [
  insn(
    "UDIV, SDIV",
    "sf:1 0011010110 rm:5 00001 o1:1 rn:5 rd:5",
    ["sf", "o1"],
    (e, { sf, o1, rm, rn, rd }) => {
      // Wasm traps on x / 0 and INT_MIN / -1. Both 0 and -1 give dividend * divisor, so they divide by 1 instead.
      const width = sf ? 64 : 32;
      const a = e.gpr(width, rn);
      const b = e.gpr(width, rm);
      const one = e.imm(width, 1);
      const special = o1 ? e.op(`i${width}.le_u`, e.add(width, b, one), one) : e.eqz(width, b);
      const quotient = e.op(`i${width}.${o1 ? "div_s" : "div_u"}`, a, e.select(special, one, b));
      e.setGpr(width, rd, e.select(special, e.mul(width, a, b), quotient));
    },
    { asm: ({ sf, o1, rm, rn, rd }) => line(o1 ? "sdiv" : "udiv", reg(sf, rd), reg(sf, rn), reg(sf, rm)) },
  ),

  insn(
    "LSLV, LSRV, ASRV, RORV",
    "sf:1 0011010110 rm:5 0010 op2:2 rn:5 rd:5",
    ["sf", "op2"],
    (e, { sf, op2, rm, rn, rd }) => {
      const width = sf ? 64 : 32;
      e.setGpr(width, rd, e.shift(width, op2, e.gpr(width, rn), e.gpr(width, rm)));
    },
    {
      asm: ({ sf, op2, rm, rn, rd }) => line(["lsl", "lsr", "asr", "ror"][op2]!, reg(sf, rd), reg(sf, rn), reg(sf, rm)),
    },
  ),

  insn(
    "CRC32B, CRC32H, CRC32W, CRC32X, CRC32CB, CRC32CH, CRC32CW, CRC32CX",
    "sf:1 0011010110 rm:5 010 C:1 sz:2 rn:5 rd:5",
    ["sf", "C", "sz"],
    (e, { C, sz, rm, rn, rd }) => {
      const bits = 8 << sz;
      const data = e.and(64, e.gpr(64, rm), e.i64(BigInt.asUintN(bits, -1n)));
      const crc = e.variable(e.xor(64, data, e.zeroExtend(64, e.gpr(32, rn))));
      const left = e.variable(e.i32(bits));
      const polynomial = e.i64(C ? 0x82f63b78 : 0xedb88320);
      e.while(
        () => e.get(left),
        () => {
          const lowest = e.neg(64, e.and(64, e.get(crc), e.i64(1)));
          e.set(crc, e.xor(64, e.shrU(64, e.get(crc), 1), e.and(64, lowest, polynomial)));
          e.set(left, e.sub(32, e.get(left), e.i32(1)));
        },
      );
      e.setGpr(32, rd, e.wrap(e.get(crc)));
    },
    {
      splits: ({ sf, sz }) => (sf === 1) === (sz === 3),
      asm: ({ sf, C, sz, rm, rn, rd }) => line(`crc32${C ? "c" : ""}${"bhwx"[sz]!}`, w(rd), w(rn), reg(sf, rm)),
    },
  ),
];

/** Data-processing (1 source), C4.1.5. */
export const dataProcessing1Source: readonly Insn<A64>[] = [
  insn(
    "RBIT",
    "sf:1 1011010110 00000 000000 rn:5 rd:5",
    ["sf"],
    (e, { sf, rn, rd }) => {
      const width = sf ? 64 : 32;
      const nibbles = [1, 2, 4].reduce((v, size) => swapNeighbours(e, width, v, size), e.gpr(width, rn));
      e.setGpr(width, rd, reverseBytes(e, width, nibbles, width));
    },
    { asm: ({ sf, rn, rd }) => line("rbit", reg(sf, rd), reg(sf, rn)) },
  ),

  insn(
    "REV16",
    "sf:1 1011010110 00000 000001 rn:5 rd:5",
    ["sf"],
    (e, { sf, rn, rd }) => {
      const width = sf ? 64 : 32;
      e.setGpr(width, rd, reverseBytes(e, width, e.gpr(width, rn), 16));
    },
    { asm: ({ sf, rn, rd }) => line("rev16", reg(sf, rd), reg(sf, rn)) },
  ),

  insn(
    "REV, REV32",
    "sf:1 1011010110 00000 00001 opc:1 rn:5 rd:5",
    ["sf", "opc"],
    (e, { sf, opc, rn, rd }) => {
      const width = sf ? 64 : 32;
      e.setGpr(width, rd, reverseBytes(e, width, e.gpr(width, rn), opc ? 64 : 32));
    },
    {
      splits: ({ sf, opc }) => sf === 1 || opc === 0,
      asm: ({ sf, opc, rn, rd }) => line(sf && !opc ? "rev32" : "rev", reg(sf, rd), reg(sf, rn)),
    },
  ),

  insn(
    "CLZ",
    "sf:1 1011010110 00000 000100 rn:5 rd:5",
    ["sf"],
    (e, { sf, rn, rd }) => {
      const width = sf ? 64 : 32;
      e.setGpr(width, rd, e.clz(width, e.gpr(width, rn)));
    },
    { asm: ({ sf, rn, rd }) => line("clz", reg(sf, rd), reg(sf, rn)) },
  ),

  insn(
    "CLS",
    "sf:1 1011010110 00000 000101 rn:5 rd:5",
    ["sf"],
    (e, { sf, rn, rd }) => {
      const width = sf ? 64 : 32;
      const a = e.gpr(width, rn);
      const changes = e.xor(width, a, e.shrS(width, a, 1));
      e.setGpr(width, rd, e.sub(width, e.clz(width, changes), e.imm(width, 1)));
    },
    { asm: ({ sf, rn, rd }) => line("cls", reg(sf, rd), reg(sf, rn)) },
  ),
];

/** Swaps neighbouring groups of `size` bits throughout. */
function swapNeighbours(e: A64, width: Width, a: Value, size: number): Value {
  const lower = Array.from({ length: 64 / (2 * size) }, (_, i) => ((1n << BigInt(size)) - 1n) << BigInt(2 * size * i));
  const mask = e.imm(
    width,
    lower.reduce((sum, group) => sum | group),
  );
  return e.or(width, e.and(width, e.shrU(width, a, size), mask), e.shl(width, e.and(width, a, mask), size));
}

/** Reverses the bytes within each container of `container` bits. */
function reverseBytes(e: A64, width: Width, a: Value, container: 16 | 32 | 64): Value {
  const halfwords = swapNeighbours(e, width, a, 8);
  if (container === 16) return halfwords;
  const words = width === 32 ? e.rotr(32, halfwords, 16) : swapNeighbours(e, width, halfwords, 16);
  return container === 32 ? words : e.rotr(64, words, 32);
}

/** Data-processing (3 source), C4.1.5. */
export const dataProcessing3Source: readonly Insn<A64>[] = [
  insn(
    "MADD, MSUB",
    "sf:1 00 11011 000 rm:5 o0:1 ra:5 rn:5 rd:5",
    ["sf", "o0"],
    (e, { sf, rm, o0, ra, rn, rd }) => {
      const width = sf ? 64 : 32;
      const product = e.mul(width, e.gpr(width, rn), e.gpr(width, rm));
      const a = e.gpr(width, ra);
      e.setGpr(width, rd, o0 ? e.sub(width, a, product) : e.add(width, a, product));
    },
    {
      asm: ({ sf, rm, o0, ra, rn, rd }) =>
        ra === 31
          ? line(o0 ? "mneg" : "mul", reg(sf, rd), reg(sf, rn), reg(sf, rm))
          : line(o0 ? "msub" : "madd", reg(sf, rd), reg(sf, rn), reg(sf, rm), reg(sf, ra)),
    },
  ),

  insn(
    "SMADDL, SMSUBL, UMADDL, UMSUBL",
    "1 00 11011 U:1 01 rm:5 o0:1 ra:5 rn:5 rd:5",
    ["U", "o0"],
    (e, { U, rm, o0, ra, rn, rd }) => {
      const widen = U ? "i64.extend_i32_u" : "i64.extend_i32_s";
      const product = e.mul(64, e.op(widen, e.gpr(32, rn)), e.op(widen, e.gpr(32, rm)));
      const a = e.gpr(64, ra);
      e.setGpr(64, rd, o0 ? e.sub(64, a, product) : e.add(64, a, product));
    },
    {
      asm: ({ U, rm, o0, ra, rn, rd }) => {
        const prefix = U ? "u" : "s";
        return ra === 31
          ? line(`${prefix}${o0 ? "mnegl" : "mull"}`, x(rd), w(rn), w(rm))
          : line(`${prefix}${o0 ? "msubl" : "maddl"}`, x(rd), w(rn), w(rm), x(ra));
      },
    },
  ),

  insn(
    "SMULH, UMULH",
    "1 00 11011 U:1 10 rm:5 0 xxxxx rn:5 rd:5",
    ["U"],
    (e, { U, rm, rn, rd }) => {
      const a = e.gpr(64, rn);
      const b = e.gpr(64, rm);
      const unsigned = multiplyHigh(e, a, b);
      if (U) {
        e.setGpr(64, rd, unsigned);
      } else {
        // A negative factor counted 2^64 too much.
        const excess = e.add(64, e.and(64, e.shrS(64, a, 63), b), e.and(64, e.shrS(64, b, 63), a));
        e.setGpr(64, rd, e.sub(64, unsigned, excess));
      }
    },
    { asm: ({ U, rm, rn, rd }) => line(U ? "umulh" : "smulh", x(rd), x(rn), x(rm)) },
  ),
];

/** Bits 127 to 64 of an unsigned product, by 32-bit halves: Wasm has no wide multiplication yet. */
function multiplyHigh(e: A64, a: Value, b: Value): Value {
  const low = (v: Value): Value => e.and(64, v, e.i64(0xffffffff));
  const high = (v: Value): Value => e.shrU(64, v, 32);
  const middle1 = e.add(64, e.mul(64, high(a), low(b)), high(e.mul(64, low(a), low(b))));
  const middle2 = e.add(64, e.mul(64, low(a), high(b)), low(middle1));
  return e.add(64, e.add(64, e.mul(64, high(a), high(b)), high(middle1)), high(middle2));
}
