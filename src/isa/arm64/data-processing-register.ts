import type { Insn } from "../index.ts";
import { condition, EXTENDS, hex, line, reg, regOrSp, shiftSuffix } from "./asm.ts";
import { dataProcessing1Source, dataProcessing2Source, dataProcessing3Source } from "./data-processing-sources.ts";
import { type A64, insn } from "./emitter.ts";

/** Data Processing -- Register (C4.1.5), for Armv8.0 and CRC32. */
export const dataProcessingRegister: readonly Insn<A64>[] = [
  ...dataProcessing2Source,
  ...dataProcessing1Source,

  insn(
    "AND, BIC, ORR, ORN, EOR, EON, ANDS, BICS (shifted register)",
    "sf:1 opc:2 01010 shift:2 N:1 rm:5 imm6:6 rn:5 rd:5",
    ["sf", "opc", "shift", "N"],
    (e, { sf, opc, shift, N, rm, imm6, rn, rd }) => {
      const width = sf ? 64 : 32;
      const shifted = e.shift(width, shift, e.gpr(width, rm), e.imm(width, imm6));
      const result = e.logical(width, opc, e.gpr(width, rn), N ? e.not(width, shifted) : shifted);
      if (opc === 3) e.setNzcv(e.logicalFlags(width, result));
      e.setGpr(width, rd, result);
    },
    {
      allocated: ({ sf, imm6 }) => sf === 1 || imm6 < 32,
      asm: ({ sf, opc, shift, N, rm, imm6, rn, rd }) => {
        const source = reg(sf, rm) + shiftSuffix(shift, imm6);
        if (opc === 1 && !N && rn === 31 && shift === 0 && imm6 === 0) return line("mov", reg(sf, rd), source);
        if (opc === 1 && N && rn === 31) return line("mvn", reg(sf, rd), source);
        if (opc === 3 && !N && rd === 31) return line("tst", reg(sf, rn), source);
        const mnemonic = ["and", "orr", "eor", "ands", "bic", "orn", "eon", "bics"][opc + 4 * N]!;
        return line(mnemonic, reg(sf, rd), reg(sf, rn), source);
      },
    },
  ),

  insn(
    "ADD, ADDS, SUB, SUBS (shifted register)",
    "sf:1 op:1 S:1 01011 shift:2 0 rm:5 imm6:6 rn:5 rd:5",
    ["sf", "op", "S", "shift"],
    (e, { sf, op, S, shift, rm, imm6, rn, rd }) => {
      const width = sf ? 64 : 32;
      const a = e.gpr(width, rn);
      const b = e.shift(width, shift, e.gpr(width, rm), e.imm(width, imm6));
      if (S) {
        const { result, nzcv } = e.addWithCarry(width, a, op ? e.not(width, b) : b, op ? 1 : 0);
        e.setNzcv(nzcv);
        e.setGpr(width, rd, result);
      } else {
        e.setGpr(width, rd, op ? e.sub(width, a, b) : e.add(width, a, b));
      }
    },
    {
      splits: ({ shift }) => shift !== 3,
      allocated: ({ sf, imm6 }) => sf === 1 || imm6 < 32,
      asm: ({ sf, op, S, shift, rm, imm6, rn, rd }) => {
        const source = reg(sf, rm) + shiftSuffix(shift, imm6);
        if (S && rd === 31) return line(op ? "cmp" : "cmn", reg(sf, rn), source);
        if (op && rn === 31) return line(S ? "negs" : "neg", reg(sf, rd), source);
        return line((op ? "sub" : "add") + (S ? "s" : ""), reg(sf, rd), reg(sf, rn), source);
      },
    },
  ),

  insn(
    "ADD, ADDS, SUB, SUBS (extended register)",
    "sf:1 op:1 S:1 01011 00 1 rm:5 option:3 imm3:3 rn:5 rd:5",
    ["sf", "op", "S", "option"],
    (e, { sf, op, S, option, rm, imm3, rn, rd }) => {
      const width = sf ? 64 : 32;
      const a = e.gprOrSp(width, rn);
      const b = e.shl(width, e.extend(width, option, e.gpr(width, rm)), e.imm(width, imm3));
      if (S) {
        const { result, nzcv } = e.addWithCarry(width, a, op ? e.not(width, b) : b, op ? 1 : 0);
        e.setNzcv(nzcv);
        e.setGpr(width, rd, result);
      } else {
        e.setGprOrSp(width, rd, op ? e.sub(width, a, b) : e.add(width, a, b));
      }
    },
    {
      allocated: ({ imm3 }) => imm3 <= 4,
      asm: ({ sf, op, S, option, rm, imm3, rn, rd }) => {
        const isLsl = option === (sf ? 3 : 2) && (rn === 31 || (!S && rd === 31));
        const extend = isLsl ? "lsl" : EXTENDS[option]!;
        const suffix = imm3 ? `, ${extend} #${imm3}` : isLsl ? "" : `, ${extend}`;
        const source = reg(sf && (option & 3) === 3, rm) + suffix;
        if (S && rd === 31) return line(op ? "cmp" : "cmn", regOrSp(sf, rn), source);
        const destination = S ? reg(sf, rd) : regOrSp(sf, rd);
        return line((op ? "sub" : "add") + (S ? "s" : ""), destination, regOrSp(sf, rn), source);
      },
    },
  ),

  insn(
    "ADC, ADCS, SBC, SBCS",
    "sf:1 op:1 S:1 11010000 rm:5 000000 rn:5 rd:5",
    ["sf", "op", "S"],
    (e, { sf, op, S, rm, rn, rd }) => {
      const width = sf ? 64 : 32;
      const b = e.gpr(width, rm);
      const { result, nzcv } = e.addWithCarry(width, e.gpr(width, rn), op ? e.not(width, b) : b, e.carry());
      if (S) e.setNzcv(nzcv);
      e.setGpr(width, rd, result);
    },
    {
      asm: ({ sf, op, S, rm, rn, rd }) => {
        const suffix = S ? "s" : "";
        if (op && rn === 31) return line(`ngc${suffix}`, reg(sf, rd), reg(sf, rm));
        return line((op ? "sbc" : "adc") + suffix, reg(sf, rd), reg(sf, rn), reg(sf, rm));
      },
    },
  ),

  insn(
    "CCMN, CCMP (register)",
    "sf:1 op:1 1 11010010 rm:5 cond:4 00 rn:5 0 nzcv:4",
    ["sf", "op", "cond"],
    (e, { sf, op, rm, cond, rn, nzcv }) => {
      const width = sf ? 64 : 32;
      const b = e.gpr(width, rm);
      e.if(
        e.condition(cond),
        () => e.setNzcv(e.addWithCarry(width, e.gpr(width, rn), op ? e.not(width, b) : b, op ? 1 : 0).nzcv),
        () => e.setNzcvBits(nzcv),
      );
    },
    {
      asm: ({ sf, op, rm, cond, rn, nzcv }) =>
        line(op ? "ccmp" : "ccmn", reg(sf, rn), reg(sf, rm), hex(nzcv), condition(cond)),
    },
  ),

  insn(
    "CCMN, CCMP (immediate)",
    "sf:1 op:1 1 11010010 imm5:5 cond:4 10 rn:5 0 nzcv:4",
    ["sf", "op", "cond"],
    (e, { sf, op, imm5, cond, rn, nzcv }) => {
      const width = sf ? 64 : 32;
      const b = e.imm(width, imm5);
      e.if(
        e.condition(cond),
        () => e.setNzcv(e.addWithCarry(width, e.gpr(width, rn), op ? e.not(width, b) : b, op ? 1 : 0).nzcv),
        () => e.setNzcvBits(nzcv),
      );
    },
    {
      asm: ({ sf, op, imm5, cond, rn, nzcv }) =>
        line(op ? "ccmp" : "ccmn", reg(sf, rn), hex(imm5), hex(nzcv), condition(cond)),
    },
  ),

  insn(
    "CSEL, CSINC, CSINV, CSNEG",
    "sf:1 op:1 0 11010100 rm:5 cond:4 0 o2:1 rn:5 rd:5",
    ["sf", "op", "cond", "o2"],
    (e, { sf, op, rm, cond, o2, rn, rd }) => {
      const width = sf ? 64 : 32;
      const b = e.gpr(width, rm);
      const inverted = op ? e.not(width, b) : b;
      const otherwise = o2 ? e.add(width, inverted, e.imm(width, 1)) : inverted;
      e.setGpr(width, rd, e.select(e.condition(cond), e.gpr(width, rn), otherwise));
    },
    {
      asm: ({ sf, op, rm, cond, o2, rn, rd }) => {
        const kind = o2 + 2 * op;
        const aliased = rn === rm && cond < 14;
        const inverse = condition(cond ^ 1);
        if (aliased && rn === 31 && (kind === 1 || kind === 2))
          return line(op ? "csetm" : "cset", reg(sf, rd), inverse);
        if (aliased && kind !== 0) return line(["", "cinc", "cinv", "cneg"][kind]!, reg(sf, rd), reg(sf, rn), inverse);
        return line(["csel", "csinc", "csinv", "csneg"][kind]!, reg(sf, rd), reg(sf, rn), reg(sf, rm), condition(cond));
      },
    },
  ),

  ...dataProcessing3Source,
];
