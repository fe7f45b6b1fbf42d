import { insn } from "./insn.ts";
import { EFLAGS, state } from "./state.ts";

/** Volume 2: CLC, STC, CMC, CLD, STD, NOP. */
export const flagInstructions = [
  insn("CLC", "F8", [], (e) => e.changeFlags({ c: e.i32(0) }), { asm: "clc" }),
  insn("STC", "F9", [], (e) => e.changeFlags({ c: e.i32(1) }), { asm: "stc" }),
  insn("CMC", "F5", [], (e) => e.changeFlags({ c: e.eqz(32, e.flags().c) }), { asm: "cmc" }),
  insn("CLD", "FC", [], (e) => e.write(state.eflags, e.and(32, e.read(state.eflags), e.i32(~(1 << EFLAGS.DF)))), {
    asm: "cld",
  }),
  insn("STD", "FD", [], (e) => e.write(state.eflags, e.or(32, e.read(state.eflags), e.i32(1 << EFLAGS.DF))), {
    asm: "std",
  }),
  insn("NOP (r/m)", "0F 1F /r", ["rm"], () => {}, { asm: "nop rm" }),
];
