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
  // What processors before some extension do with it; ENDBR is one of them.
  ...(["19", "1A", "1B", "1C", "1D", "1E", "1F"] as const).map((opcode) =>
    insn(`NOP (r/m, ${opcode})`, `0F ${opcode} /r`, ["rm"], () => {}, { asm: "nop rm" }),
  ),
];
