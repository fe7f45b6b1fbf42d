import type { Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { insn } from "./insn.ts";
import { RM_REGISTER, type Size } from "./operands.ts";
import { CODE_64 } from "./modes.ts";
import { RAX, RBP, RDI, RSP } from "./state.ts";

/** Volume 2: PUSH, POP, PUSHA, POPA, ENTER, LEAVE. Segment registers and flags stand elsewhere. */
export const stack = [
  insn(
    "PUSH (register)",
    "50+r d64",
    ["mode", "size"],
    (e, { mode, size, reg }) => e.push(mode, size, e.reg(size, reg)),
    { asm: "push reg" },
  ),
  insn(
    "POP (register)",
    "58+r d64",
    ["mode", "size"],
    // POP of the stack pointer: what was popped is what stays.
    (e, { mode, size, reg }) => e.setReg(size, reg, e.pop(mode, size)),
    { asm: "pop reg" },
  ),
  ...(["68 iz d64", "6A ib d64"] as const).map((notation) =>
    insn(
      `PUSH (immediate, ${notation.slice(0, 2)})`,
      notation,
      ["mode", "size"],
      (e, { mode, size, imm }) => e.push(mode, size, e.immediate(size, imm)),
      { asm: "push imm" },
    ),
  ),
  insn(
    "PUSH (r/m)",
    "FF /6 d64",
    ["mode", "size", "rm"],
    (e, { mode, size, ...place }) => e.push(mode, size, e.place(size, place).read()),
    { asm: "push rm" },
  ),
  insn(
    "POP (r/m)",
    "8F /0 d64",
    ["mode", "size", "rm"],
    (e, { mode, size, ...place }) => {
      if (place.rm === RM_REGISTER) return e.setReg(size, place.base, e.pop(mode, size));
      // The address is made with the stack pointer as it is afterwards; the register changes when nothing faults any more.
      const value = e.top(mode, size);
      const old = e.reg(64, RSP);
      e.popped(mode, size / 8);
      const address = e.address(place);
      const popped = e.reg(64, RSP);
      e.setReg(64, RSP, old);
      e.store(size, address, value);
      e.setReg(64, RSP, popped);
    },
    { asm: "pop rm" },
  ),
  insn(
    "PUSHA, PUSHAD",
    "60 i64",
    ["mode", "size"],
    (e, { mode, size }) => {
      const top = e.reg(64, RSP);
      const at = (n: number): Value => e.sub(64, top, e.i64(((n + 1) * size) / 8));
      for (let n = RAX; n <= RDI; n++) e.store(size, e.stackAddress(mode, at(n)), e.reg(size, n));
      e.setStackPointer(mode, at(RDI));
    },
    { asm: "pusha" },
  ),
  insn(
    "POPA, POPAD",
    "61 i64",
    ["mode", "size"],
    (e, { mode, size }) => {
      const values = Array.from({ length: 8 }, (_, n) => e.top(mode, size, (n * size) / 8));
      values.forEach((value, n) => {
        if (RDI - n !== RSP) e.setReg(size, RDI - n, value);
      });
      e.popped(mode, size);
    },
    { asm: "popa" },
  ),
  insn(
    "ENTER",
    "C8 iw ib d64",
    ["mode", "size"],
    (e, { mode, size, imm, second }) => {
      const bytes = size / 8;
      const level = e.and(32, e.imm(32, second), e.i32(31));
      const top = e.sub(64, e.reg(64, RSP), e.i64(bytes));
      e.store(size, e.stackAddress(mode, top), e.reg(size, RBP));
      const pointer = e.variable(top);
      e.if(level, () => {
        const left = e.variable(e.sub(32, level, e.i32(1)));
        const frame = e.variable(e.reg(64, RBP));
        const down = (): void => e.set(pointer, e.sub(64, e.get(pointer), e.i64(bytes)));
        e.while(
          () => e.get(left),
          () => {
            e.set(frame, e.sub(64, e.get(frame), e.i64(bytes)));
            down();
            e.store(size, e.stackAddress(mode, e.get(pointer)), e.load(size, e.stackAddress(mode, e.get(frame))));
            e.set(left, e.sub(32, e.get(left), e.i32(1)));
          },
        );
        down();
        e.store(size, e.stackAddress(mode, e.get(pointer)), e.cut(size, top));
      });
      setFrame(e, mode, size, top);
      e.setStackPointer(mode, e.sub(64, e.get(pointer), e.imm(64, imm)));
    },
    { asm: "enter imm, second" },
  ),
  insn(
    "LEAVE",
    "C9 d64",
    ["mode", "size"],
    (e, { mode, size }) => {
      const frame = e.reg(64, RBP);
      const value = e.load(size, e.stackAddress(mode, frame));
      e.setStackPointer(mode, e.add(64, frame, e.i64(size / 8)));
      e.setReg(size, RBP, value);
    },
    { asm: "leave" },
  ),
];

/** BP, EBP or RBP becomes a pointer to the stack. */
function setFrame(e: X86, mode: number, size: Size, pointer: Value): void {
  if (mode === CODE_64 && size === 64) return e.setReg(64, RBP, pointer);
  e.setReg(size, RBP, e.cut(size, pointer));
}
