import type { Insn, Operand, Value } from "../index.ts";
import { condition, decimal, line, reg, signedField, target, x } from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { branchAddress } from "./translation.ts";

const LINK_REGISTER = 30;

/** Branches of C4.1.3 "Branches, Exception Generating and System instructions"; the rest of that section stands in system.ts. */
export const branches: readonly Insn<A64>[] = [
  insn(
    "B.cond",
    "0101010 0 imm19:19 0 cond:4",
    ["cond"],
    (e, { imm19, cond }) => e.if(e.condition(cond), () => e.branch(words(e, imm19))),
    { asm: ({ imm19, cond }, address) => line(`b.${condition(cond)}`, target(address, 4 * signedField(imm19, 19))) },
  ),

  insn("BR", "1101011 0000 11111 000000 rn:5 00000", [], (e, { rn }) => e.jump(branchAddress(e, e.gpr(64, rn))), {
    asm: ({ rn }) => line("br", x(rn)),
  }),

  insn(
    "BLR",
    "1101011 0001 11111 000000 rn:5 00000",
    [],
    (e, { rn }) => {
      const destination = branchAddress(e, e.gpr(64, rn));
      e.setGpr(64, LINK_REGISTER, e.add(64, e.pc(), e.i64(4)));
      e.jump(destination, { returns: true });
    },
    { asm: ({ rn }) => line("blr", x(rn)) },
  ),

  insn("RET", "1101011 0010 11111 000000 rn:5 00000", [], (e, { rn }) => e.jump(branchAddress(e, e.gpr(64, rn))), {
    asm: ({ rn }) => (rn === LINK_REGISTER ? "ret" : line("ret", x(rn))),
  }),

  insn(
    "B, BL",
    "op:1 00101 imm26:26",
    ["op"],
    (e, { op, imm26 }) => {
      if (op) e.setGpr(64, LINK_REGISTER, e.add(64, e.pc(), e.i64(4)));
      e.branch(words(e, imm26), { returns: op === 1 });
    },
    { asm: ({ op, imm26 }, address) => line(op ? "bl" : "b", target(address, 4 * signedField(imm26, 26))) },
  ),

  insn(
    "CBZ, CBNZ",
    "sf:1 011010 op:1 imm19:19 rt:5",
    ["sf", "op"],
    (e, { sf, op, imm19, rt }) => {
      const width = sf ? 64 : 32;
      const value = e.gpr(width, rt);
      e.if(op ? e.ne(width, value, e.imm(width, 0)) : e.eqz(width, value), () => e.branch(words(e, imm19)));
    },
    {
      asm: ({ sf, op, imm19, rt }, address) =>
        line(op ? "cbnz" : "cbz", reg(sf, rt), target(address, 4 * signedField(imm19, 19))),
    },
  ),

  insn(
    "TBZ, TBNZ",
    "b5:1 011011 op:1 b40:5 imm14:14 rt:5",
    ["b5", "op"],
    (e, { b5, op, b40, imm14, rt }) => {
      const half = e.wrap(e.shrU(64, e.gpr(64, rt), 32 * b5));
      const bit = e.and(32, e.shrU(32, half, e.imm(32, b40)), e.i32(1));
      e.if(op ? bit : e.eqz(32, bit), () => e.branch(words(e, imm14)));
    },
    {
      asm: ({ b5, op, b40, imm14, rt }, address) =>
        line(op ? "tbnz" : "tbz", reg(b5, rt), decimal(b40 + 32 * b5), target(address, 4 * signedField(imm14, 14))),
    },
  ),
];

/** A signed field counted in instructions, as a displacement in bytes. */
const words = (e: A64, field: Operand): Value => e.shl(64, e.signed(64, field), 2);
