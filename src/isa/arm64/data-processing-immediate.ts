import type { Insn } from "../index.ts";
import { decimal, hex, line, reg, regOrSp, SHIFTS, signedField, target, w, x } from "./asm.ts";
import { bitMask, decodeBitMask, moveWidePreferred } from "./bitmasks.ts";
import { type A64, insn } from "./emitter.ts";

/** Data Processing -- Immediate (C4.1.2), for Armv8.0. */
export const dataProcessingImmediate: readonly Insn<A64>[] = [
  insn(
    "ADR, ADRP",
    "op:1 immlo:2 10000 immhi:19 rd:5",
    ["op"],
    (e, { op, immlo, immhi, rd }) => {
      const imm = e.or(64, e.shl(64, e.signed(64, immhi), 2), e.imm(64, immlo));
      const base = op ? e.and(64, e.pc(), e.i64(~0xfffn)) : e.pc();
      e.setGpr(64, rd, e.add(64, base, e.shl(64, imm, op ? 12 : 0)));
    },
    {
      asm: ({ op, immlo, immhi, rd }, address) => {
        const imm = signedField((immhi << 2) | immlo, 21);
        return op
          ? line("adrp", x(rd), target(address & ~0xfffn, BigInt(imm) << 12n))
          : line("adr", x(rd), target(address, imm));
      },
    },
  ),

  insn(
    "ADD, ADDS, SUB, SUBS (immediate)",
    "sf:1 op:1 S:1 100010 sh:1 imm12:12 rn:5 rd:5",
    ["sf", "op", "S", "sh"],
    (e, { sf, op, S, sh, imm12, rn, rd }) => {
      const width = sf ? 64 : 32;
      const imm = e.shl(width, e.imm(width, imm12), sh ? 12 : 0);
      const a = e.gprOrSp(width, rn);
      if (S) {
        const { result, nzcv } = e.addWithCarry(width, a, op ? e.not(width, imm) : imm, op ? 1 : 0);
        e.setNzcv(nzcv);
        e.setGpr(width, rd, result);
      } else {
        e.setGprOrSp(width, rd, op ? e.sub(width, a, imm) : e.add(width, a, imm));
      }
    },
    {
      asm: ({ sf, op, S, sh, imm12, rn, rd }) => {
        const imm = [hex(imm12), ...(sh ? ["lsl #12"] : [])];
        if (S && rd === 31) return line(op ? "cmp" : "cmn", regOrSp(sf, rn), ...imm);
        if (!S && !op && !sh && imm12 === 0 && (rn === 31 || rd === 31))
          return line("mov", regOrSp(sf, rd), regOrSp(sf, rn));
        return line((op ? "sub" : "add") + (S ? "s" : ""), S ? reg(sf, rd) : regOrSp(sf, rd), regOrSp(sf, rn), ...imm);
      },
    },
  ),

  insn(
    "AND, ORR, EOR, ANDS (immediate)",
    "sf:1 opc:2 100100 N:1 immr:6 imms:6 rn:5 rd:5",
    ["sf", "opc"],
    (e, { sf, opc, N, immr, imms, rn, rd }) => {
      const width = sf ? 64 : 32;
      const result = e.logical(width, opc, e.gpr(width, rn), e.resize(width, e.derive([N, immr, imms], bitMask)));
      if (opc === 3) {
        e.setNzcv(e.logicalFlags(width, result));
        e.setGpr(width, rd, result);
      } else {
        e.setGprOrSp(width, rd, result);
      }
    },
    {
      allocated: ({ sf, N, immr, imms }) => (sf === 1 || N === 0) && decodeBitMask(N, immr, imms) !== undefined,
      asm: ({ sf, opc, N, immr, imms, rn, rd }) => {
        const value = BigInt.asUintN(sf ? 64 : 32, bitMask(N, immr, imms));
        const imm = hex(value);
        if (opc === 3 && rd === 31) return line("tst", reg(sf, rn), imm);
        if (opc === 1 && rn === 31 && (rd === 31 || !moveWidePreferred(sf, value)))
          return line("mov", regOrSp(sf, rd), imm);
        return line(["and", "orr", "eor", "ands"][opc]!, opc === 3 ? reg(sf, rd) : regOrSp(sf, rd), reg(sf, rn), imm);
      },
    },
  ),

  insn(
    "MOVN, MOVZ, MOVK",
    "sf:1 opc:2 100101 hw:2 imm16:16 rd:5",
    ["sf", "opc", "hw"],
    (e, { sf, opc, hw, imm16, rd }) => {
      const width = sf ? 64 : 32;
      const imm = e.shl(width, e.imm(width, imm16), 16 * hw);
      const hole = ~(0xffffn << BigInt(16 * hw));
      if (opc === 0) e.setGpr(width, rd, e.not(width, imm));
      else if (opc === 2) e.setGpr(width, rd, imm);
      else e.setGpr(width, rd, e.or(width, e.and(width, e.gpr(width, rd), e.imm(width, hole)), imm));
    },
    {
      splits: ({ sf, opc, hw }) => opc !== 1 && (sf === 1 || hw < 2),
      asm: ({ sf, opc, hw, imm16, rd }) => {
        const moved = BigInt(imm16) << BigInt(16 * hw);
        const value = BigInt.asUintN(sf ? 64 : 32, opc ? moved : ~moved);
        const alias = opc !== 3 && !(imm16 === 0 && hw !== 0) && !(opc === 0 && !sf && imm16 === 0xffff);
        if (alias) return line("mov", reg(sf, rd), hex(value));
        return line(["movn", "", "movz", "movk"][opc]!, reg(sf, rd), hex(imm16), ...(hw ? [`lsl #${16 * hw}`] : []));
      },
    },
  ),

  insn(
    "SBFM, BFM, UBFM",
    "sf:1 opc:2 100110 N:1 immr:6 imms:6 rn:5 rd:5",
    ["sf", "opc"],
    (e, { sf, opc, immr, imms, rn, rd }) => {
      // Bit imms goes to the top, then down to where the field ends: at imms - immr, or when that is negative one turn up.
      // Both counts are modulo the width, which Wasm's shifts take care of.
      const width = sf ? 64 : 32;
      const up = e.not(width, e.imm(width, imms));
      const down = e.add(width, up, e.imm(width, immr));
      const src = e.gpr(width, rn);
      if (opc === 0) {
        e.setGpr(width, rd, e.shrS(width, e.shl(width, src, up), down));
      } else if (opc === 2) {
        e.setGpr(width, rd, e.shrU(width, e.shl(width, src, up), down));
      } else {
        const field = e.shrU(width, e.shl(width, src, up), down);
        const mask = e.shrU(width, e.shl(width, e.imm(width, -1), up), down);
        e.setGpr(width, rd, e.or(width, e.and(width, e.gpr(width, rd), e.not(width, mask)), field));
      }
    },
    {
      splits: ({ opc }) => opc !== 3,
      allocated: ({ sf, N, immr, imms }) => N === sf && (sf === 1 || (immr < 32 && imms < 32)),
      asm: ({ sf, opc, immr, imms, rn, rd }) => bitfieldText(sf, opc, immr, imms, rn, rd),
    },
  ),

  insn(
    "EXTR",
    "sf:1 00 100111 N:1 0 rm:5 imms:6 rn:5 rd:5",
    ["sf"],
    (e, { sf, rm, imms, rn, rd }) => {
      const width = sf ? 64 : 32;
      const lsb = e.imm(width, imms);
      // A left shift by (width - lsb) in two parts, as lsb may be 0.
      const high = e.shl(width, e.shl(width, e.gpr(width, rn), 1), e.not(width, lsb));
      e.setGpr(width, rd, e.or(width, high, e.shrU(width, e.gpr(width, rm), lsb)));
    },
    {
      allocated: ({ sf, N, imms }) => N === sf && (sf === 1 || imms < 32),
      asm: ({ sf, rm, imms, rn, rd }) =>
        rn === rm
          ? line("ror", reg(sf, rd), reg(sf, rn), decimal(imms))
          : line("extr", reg(sf, rd), reg(sf, rn), reg(sf, rm), decimal(imms)),
    },
  ),
];

function bitfieldText(sf: number, opc: number, immr: number, imms: number, rn: number, rd: number): string {
  const width = sf ? 64 : 32;
  const operands = [reg(sf, rd), reg(sf, rn)];
  const inserted = [decimal(width - immr), decimal(imms + 1)];
  const extracted = [decimal(immr), decimal(imms - immr + 1)];
  if (opc === 1) {
    if (imms >= immr) return line("bfxil", ...operands, ...extracted);
    return rn === 31 ? line("bfc", reg(sf, rd), ...inserted) : line("bfi", ...operands, ...inserted);
  }
  const prefix = opc === 0 ? "s" : "u";
  if (imms === width - 1) return line(SHIFTS[opc === 0 ? 2 : 1], ...operands, decimal(immr));
  if (opc === 2 && imms + 1 === immr) return line("lsl", ...operands, decimal(width - immr));
  if (imms < immr) return line(`${prefix}bfiz`, ...operands, ...inserted);
  const unit = { 7: "b", 15: "h", 31: "w" }[imms];
  if (immr === 0 && unit !== undefined && (opc === 0 || !sf)) return line(`${prefix}xt${unit}`, reg(sf, rd), w(rn));
  return line(`${prefix}bfx`, ...operands, ...extracted);
}
