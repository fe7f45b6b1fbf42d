import type { RegisterSet } from "../registers.ts";

/** In gdb's order. */
const GENERAL = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"] as const;
const EXTENDED = ["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"] as const;
export const SELECTORS = ["cs", "ss", "ds", "es", "fs", "gs"] as const;

export const RIP = 16;
export const EFLAGS = 17;
export const FIRST_SELECTOR = 18;

/** What is of 64-bit code is cut to 32 bits in other code, as QEMU shows it. */
export const registers: RegisterSet = {
  names: [...GENERAL, ...EXTENDED, "rip", "eflags", ...SELECTORS],
  pc: RIP,
  // OF, SF, ZF, AF, PF: after BT, for instance, they are what they were, or of another result.
  undefined: { register: EFLAGS, bits: 0x8d4n },
};
