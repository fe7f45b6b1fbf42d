import type { Value } from "../index.ts";
import { addressMask } from "./addressing.ts";
import type { X86 } from "./emitter.ts";
import { insn } from "./insn.ts";
import type { AddressFields } from "./operands.ts";
import { RCX } from "./state.ts";

/** Volume 2: near CALL, JMP and RET, Jcc, LOOP, JCXZ. Far ones stand in far-transfers.ts. */
export const branches = [
  ...(["70+cc cb d64", "0F 80+cc cz d64"] as const).map((notation) =>
    insn(
      `Jcc (${notation.startsWith("70") ? "short" : "near"})`,
      notation,
      ["cc", "mode", "size"],
      (e, { cc, mode, size, length, imm }) => e.if(e.condition(cc), () => e.jumpBy(mode, size, length, imm)),
      { asm: "jcc rel" },
    ),
  ),
  ...(["EB cb d64", "E9 cz d64"] as const).map((notation) =>
    insn(
      `JMP (${notation.startsWith("EB") ? "short" : "near"})`,
      notation,
      ["mode", "size"],
      (e, { mode, size, length, imm }) => e.jumpBy(mode, size, length, imm),
      { asm: "jmp rel" },
    ),
  ),
  insn(
    "JMP (r/m)",
    "FF /4 d64",
    ["mode", "size", "rm"],
    (e, { mode, size, ...place }) => {
      const target = e.wide(e.place(size, place).read());
      e.checkTarget(mode, size, target);
      e.jumpTo(mode, size, target);
    },
    { asm: "jmp *rm" },
  ),
  insn(
    "CALL (near)",
    "E8 cz d64",
    ["mode", "size"],
    (e, { mode, size, length, imm }) => {
      e.push(mode, size, e.cut(size, e.nextIp(mode, length)));
      e.jumpBy(mode, size, length, imm, { returns: true });
    },
    { asm: "call rel" },
  ),
  insn(
    "CALL (r/m)",
    "FF /2 d64",
    ["mode", "size", "rm"],
    (e, { mode, size, ...place }) => {
      const target = e.wide(e.place(size, place).read());
      e.checkTarget(mode, size, target);
      e.push(mode, size, e.cut(size, e.nextIp(mode, place.length)));
      e.jumpTo(mode, size, target, { returns: true });
    },
    { asm: "call *rm" },
  ),
  insn(
    "RET (near)",
    "C3 d64",
    ["mode", "size"],
    (e, { mode, size }) => {
      const target = e.wide(e.top(mode, size));
      e.checkTarget(mode, size, target);
      e.popped(mode, size / 8);
      e.jumpTo(mode, size, target);
    },
    { asm: "ret" },
  ),
  insn(
    "RET (near, with bytes to release)",
    "C2 iw d64",
    ["mode", "size"],
    (e, { mode, size, imm }) => {
      const target = e.wide(e.top(mode, size));
      e.checkTarget(mode, size, target);
      e.popped(mode, e.add(64, e.imm(64, imm), e.i64(size / 8)));
      e.jumpTo(mode, size, target);
    },
    { asm: "ret imm" },
  ),
  ...(["E0 cb d64 as", "E1 cb d64 as", "E2 cb d64 as"] as const).map((notation, which) => {
    const name = ["LOOPNE", "LOOPE", "LOOP"][which]!;
    return insn(
      name,
      notation,
      ["mode", "size"],
      (e, { mode, size, length, imm, addressSize }) => {
        const left = count(e, addressSize, -1);
        const { z } = e.flags();
        const more = e.ne(64, left, e.i64(0));
        const goes = which === 2 ? more : e.and(32, more, which === 1 ? z : e.eqz(32, z));
        setCount(e, addressSize, left);
        e.if(goes, () => e.jumpBy(mode, size, length, imm));
      },
      { asm: `${name.toLowerCase()} rel` },
    );
  }),
  insn(
    "JCXZ, JECXZ, JRCXZ",
    "E3 cb d64 as",
    ["mode", "size"],
    (e, { mode, size, length, imm, addressSize }) =>
      e.if(e.eqz(64, count(e, addressSize, 0)), () => e.jumpBy(mode, size, length, imm)),
    { asm: "jcxz rel" },
  ),
];

/** CX, ECX or RCX, plus something (i64). */
export function count(e: X86, addressSize: AddressFields["addressSize"], plus: number): Value {
  return e.and(64, e.add(64, e.reg(64, RCX), e.i64(plus)), addressMask(e, addressSize));
}
export function setCount(e: X86, addressSize: AddressFields["addressSize"], value: Value): void {
  setAddressRegister(e, addressSize, RCX, value);
}

/** A register of the address size: 16 bits keep what is above them, 32 clear it. `value`: i64, of that size. */
export function setAddressRegister(
  e: X86,
  addressSize: AddressFields["addressSize"],
  register: number,
  value: Value,
): void {
  const short = e.eqz(32, e.imm(32, addressSize));
  const kept = e.select(short, e.and(64, e.reg(64, register), e.i64(~0xffff)), e.i64(0));
  e.setReg(64, register, e.or(64, kept, value));
}
