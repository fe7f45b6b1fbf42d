import type { Routine, RunGuest } from "../index.ts";
import { arithmetic } from "./arithmetic.ts";
import { bcd } from "./bcd.ts";
import { bits } from "./bits.ts";
import { branches } from "./branches.ts";
import { Decoder86, MAX_LENGTH } from "./decode.ts";
import { EXCEPTION, X86 } from "./emitter.ts";
import { raise } from "./exceptions.ts";
import { flagInstructions } from "./flag-instructions.ts";
import { evaluateFlags } from "./flags.ts";
import { insn, type Insn86 } from "./insn.ts";
import { MODES } from "./modes.ts";
import { moves } from "./moves.ts";
import { multiplication } from "./multiply.ts";
import { shifts } from "./shifts.ts";
import { simd } from "./simd-rows.ts";
import { stack } from "./stack.ts";
import { layout, state } from "./state.ts";
import { strings } from "./strings.ts";
import { translate } from "./translation.ts";

/** What is in no opcode map. */
const undefinedInstruction = insn("UD2", "0F 0B", [], (e) => e.fault(EXCEPTION.UD), { asm: "ud2" });
/** More than 15 bytes. */
const tooLong = insn("(too long)", "66", [], (e) => e.fault(EXCEPTION.GP), { asm: "(bad)" });

/** The opcode maps, by groups of instructions. */
export const instructions: readonly Insn86[] = [
  ...arithmetic,
  ...multiplication,
  ...shifts,
  ...bits,
  ...bcd,
  ...moves,
  ...stack,
  ...branches,
  ...strings,
  ...flagInstructions,
  ...simd,
];

const decoder = new Decoder86([...instructions, undefinedInstruction], undefinedInstruction, tooLong);

const fault = (name: string, vector: number): Routine<X86> => ({
  name,
  params: ["i64", "i32"],
  result: undefined,
  body(e, address) {
    e.write(state.faultAddress, address!);
    e.call(raise, e.i32(vector), e.i32(0));
  },
});

/** One x86 core: QEMU's qemu64 without SVM. */
export const x86: RunGuest<X86> = {
  name: "x86",
  state: layout,
  pc: state.pc,
  registers: [state.r],
  flags: { field: state.flags, evaluate: evaluateFlags },
  instructions: [...instructions, tooLong],
  undefinedInstruction,
  code: { maxLength: MAX_LENGTH, modes: MODES.length, decode: (bytes, mode) => decoder.decode(bytes, mode) },
  emitter: (lowering) => new X86(lowering),
  routines: {
    translate,
    abort: fault("abort", EXCEPTION.PF),
    alignmentAbort: fault("alignmentAbort", EXCEPTION.AC),
    busError: fault("busError", EXCEPTION.GP),
    interrupt: { name: "interrupt", params: [], result: undefined, body() {} },
    interruptible: { name: "interruptible", params: [], result: "i32", body: (e) => e.eflag("IF") },
    halted: { name: "halted", params: [], result: "i32", body: (e) => e.read(state.halted) },
    synchronize: {
      name: "synchronize",
      params: [],
      result: undefined,
      body(e) {
        e.selectPrivilege(e.i32(1));
        e.selectMode(e.read(state.mode));
        e.selectAddressSpace(e.i64(0));
      },
    },
  },
  entries: [raise],
  host: {},
  ports: true,
  walkStores: true,
  descriptorLiveMask: 1n,
};
