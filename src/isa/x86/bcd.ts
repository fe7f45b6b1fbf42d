import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { logical, resultFlags } from "./flags.ts";
import { insn } from "./insn.ts";
import type { Value } from "../index.ts";
import { AF, CF, FLAG_BITS, OF, PF, RAX, SF, ZF } from "./state.ts";

const bitsOf = (flags: readonly number[]): number => flags.reduce((bits, flag) => bits | (1 << FLAG_BITS[flag]!), 0);

/** AAA and AAS. */
function adjustAscii(e: X86, by: 6 | -6): void {
  const { a } = e.flags();
  const al = e.reg(8, RAX);
  const over = e.or(32, e.op("i32.gt_u", e.and(32, al, e.i32(0xf)), e.i32(9)), a);
  // AX as a whole takes the carry out of AL.
  const ax = e.add(32, e.reg(16, RAX), e.i32(by === 6 ? 0x106 : -0x106));
  e.setReg(16, RAX, e.and(32, e.select(over, ax, e.reg(16, RAX)), e.i32(0xff0f)));
  e.changeFlags({ a: over, c: over });
}

/** DAA and DAS. */
function adjustDecimal(e: X86, by: 1 | -1): void {
  const { a, c } = e.flags();
  const al = e.reg(8, RAX);
  const low = e.or(32, e.op("i32.gt_u", e.and(32, al, e.i32(0xf)), e.i32(9)), a);
  const high = e.or(32, e.op("i32.gt_u", al, e.i32(0x99)), c);
  const adjust = (value: Value, digit: number, when: Value): Value =>
    e.add(32, value, e.select(when, e.i32(by * digit), e.i32(0)));
  const first = adjust(al, 6, low);
  // Of DAS, a borrow from the lower digit is one of the byte's, too.
  const borrow = by === 1 ? e.i32(0) : e.and(32, low, e.ltU(32, al, e.i32(6)));
  const result = e.and(32, adjust(first, 0x60, high), e.i32(0xff));
  e.setReg(8, RAX, result);
  e.setFlags({ flags: { ...resultFlags(e, 8, result), a: low, c: e.or(32, high, borrow), o: e.i32(0) } });
}

/** Volume 2: AAA, AAD, AAM, AAS, DAA, DAS; SALC, which it does not name. */
export const bcd = [
  insn("AAA", "37 i64", [], (e) => adjustAscii(e, 6), { asm: "aaa", undefinedFlags: bitsOf([OF, SF, ZF, PF]) }),
  insn("AAS", "3F i64", [], (e) => adjustAscii(e, -6), { asm: "aas", undefinedFlags: bitsOf([OF, SF, ZF, PF]) }),
  insn("DAA", "27 i64", [], (e) => adjustDecimal(e, 1), { asm: "daa", undefinedFlags: bitsOf([OF]) }),
  insn("DAS", "2F i64", [], (e) => adjustDecimal(e, -1), { asm: "das", undefinedFlags: bitsOf([OF]) }),
  insn(
    "AAM",
    "D4 ib i64",
    [],
    (e, { imm }) => {
      const base = e.immediate(8, imm);
      e.faultIf(e.eqz(32, base), EXCEPTION.DE);
      const al = e.reg(8, RAX);
      const rest = e.op("i32.rem_u", al, base);
      e.setAh(e.op("i32.div_u", al, base));
      e.setReg(8, RAX, rest);
      e.setFlags(logical(e, 8, rest));
    },
    { asm: "aam imm", undefinedFlags: bitsOf([OF, AF, CF]) },
  ),
  insn(
    "AAD",
    "D5 ib i64",
    [],
    (e, { imm }) => {
      const sum = e.add(32, e.reg(8, RAX), e.mul(32, e.ah(), e.immediate(8, imm)));
      const al = e.and(32, sum, e.i32(0xff));
      e.setReg(16, RAX, al);
      e.setFlags(logical(e, 8, al));
    },
    { asm: "aad imm", undefinedFlags: bitsOf([OF, AF, CF]) },
  ),
  insn("SALC", "D6 i64", [], (e) => e.setReg(8, RAX, e.and(32, e.neg(32, e.flags().c), e.i32(0xff))), { asm: "salc" }),
];
