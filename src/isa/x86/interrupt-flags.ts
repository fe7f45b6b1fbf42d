import type { Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { insn } from "./insn.ts";
import { state } from "./state.ts";
import { flag, flagsOf, ioPrivilege, readEflags, virtual86, writeEflags } from "./system-state.ts";

const { GP } = EXCEPTION;

/** Virtual-8086 mode leaves EFLAGS to the system unless IOPL is 3. */
const requireFlags = (e: X86): void => e.faultIf(e.and(32, virtual86(e), e.ne(32, ioPrivilege(e), e.i32(3))), GP);
const requireIo = (e: X86): void => e.faultIf(e.ltU(32, ioPrivilege(e), e.read(state.privilege)), GP);

/** Volume 2: PUSHF, POPF, CLI, STI, HLT. */
export const interruptFlags = [
  insn(
    "PUSHF",
    "9C d64",
    ["mode", "size"],
    (e, { mode, size }) => {
      requireFlags(e);
      const flags = e.and(32, readEflags(e), e.i32(~flagsOf("VM", "RF")));
      e.push(mode, size, size === 64 ? e.wide(flags) : e.cut(size, e.wide(flags)));
    },
    { asm: "pushf" },
  ),
  insn(
    "POPF",
    "9D d64",
    ["mode", "size"],
    (e, { mode, size }) => {
      requireFlags(e);
      const flags = e.wrap(e.pop(mode, size));
      const cpl = e.read(state.privilege);
      const interrupts = e.select(e.ltU(32, ioPrivilege(e), cpl), e.i32(0), e.i32(flag("IF")));
      const privilege = e.select(cpl, e.i32(0), e.i32(3 << 12));
      const all = e.or(32, e.i32(flagsOf("TF", "AC", "ID", "NT")), e.or(32, interrupts, privilege));
      writeEflags(e, flags, size === 16 ? e.and(32, all, e.i32(0xffff)) : all);
    },
    { asm: "popf" },
  ),
  insn(
    "CLI",
    "FA",
    [],
    (e) => {
      requireIo(e);
      e.write(state.eflags, e.and(32, eflags(e), e.i32(~flag("IF"))));
    },
    { asm: "cli" },
  ),
  insn(
    "STI",
    "FB",
    [],
    (e) => {
      requireIo(e);
      e.write(state.eflags, e.or(32, eflags(e), e.i32(flag("IF"))));
      e.shadowInterrupts();
    },
    { asm: "sti" },
  ),
  insn(
    "HLT",
    "F4",
    [],
    (e) => {
      e.requireSupervisor();
      e.write(state.halted, e.i32(1));
      e.wait();
    },
    { asm: "hlt" },
  ),
];

const eflags = (e: X86): Value => e.read(state.eflags);
