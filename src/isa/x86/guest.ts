import { assert } from "../../base/index.ts";
import type { RunGuest } from "../index.ts";
import { arithmetic } from "./arithmetic.ts";
import { bcd } from "./bcd.ts";
import { bits } from "./bits.ts";
import { branches } from "./branches.ts";
import { Decoder86, type Instruction, MAX_LENGTH } from "./decode.ts";
import { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { raise } from "./exceptions.ts";
import {
  abort,
  alignmentAbort,
  busError,
  halted,
  interrupt,
  interruptible,
  stepException,
  stepState,
  synchronize,
} from "./faults.ts";
import { flagInstructions } from "./flag-instructions.ts";
import { evaluateFlags } from "./flags.ts";
import { breakpoint, breakpointAddress, BREAKPOINTS, watchpoint } from "./hardware-breakpoints.ts";
import { insn, type Insn86 } from "./insn.ts";
import { MODES } from "./modes.ts";
import { moves } from "./moves.ts";
import { multiplication } from "./multiply.ts";
import { findOverlaps } from "./overlaps.ts";
import { shifts } from "./shifts.ts";
import { simd } from "./simd-rows.ts";
import { stack } from "./stack.ts";
import { layout, state } from "./state.ts";
import { strings } from "./strings.ts";
import { systemInstructions } from "./system.ts";
import { translate } from "./translation.ts";
import { x87 } from "./x87-rows.ts";

/** What is in no opcode map. */
const undefinedInstruction = insn("UD2", "0F 0B", [], (e) => e.fault(EXCEPTION.UD), { asm: "ud2" });
/** More than 15 bytes. */
const tooLong = insn("(too long)", "66", [], (e) => e.fault(EXCEPTION.GP), { asm: "(bad)" });

/** What user level has of the opcode maps, by groups of instructions. */
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
  ...x87,
];

export const described: readonly Insn86[] = [...instructions, ...systemInstructions, undefinedInstruction];
const [twice] = findOverlaps(described);
assert(!twice, `${twice?.map(({ name }) => name).join(" and ")} overlap`);
const decoder = new Decoder86(described, undefinedInstruction, tooLong);

/** An instruction, for its text; undefined where there is none. */
export const readInstruction = (bytes: Uint8Array, mode: number): Instruction | undefined => decoder.read(bytes, mode);

/** One x86 core: QEMU's qemu64 without SVM. */
export const x86: RunGuest<X86> = {
  name: "x86",
  state: layout,
  pc: state.pc,
  registers: [state.r],
  flags: { field: state.flags, evaluate: evaluateFlags },
  instructions: [...instructions, ...systemInstructions, tooLong],
  undefinedInstruction,
  code: { maxLength: MAX_LENGTH, modes: MODES.length, decode: (bytes, mode) => decoder.decode(bytes, mode) },
  emitter: (lowering) => new X86(lowering),
  routines: {
    translate,
    abort,
    alignmentAbort,
    busError,
    interrupt,
    interruptible,
    halted,
    stepState,
    stepException,
    synchronize,
    watchpoint,
    breakpoint,
    breakpointAddress,
  },
  breakpoints: BREAKPOINTS,
  entries: [raise],
  host: {
    /** (whether NMIs are blocked): what is asked of the processor now: an interrupt's vector; 0x100: an NMI; -1: nothing. Only while the interrupt line is raised. */
    interruptRequest: { params: ["i32"], result: "i32" },
    /** (whether it is an NMI): it has been delivered. */
    acknowledgeInterrupt: { params: ["i32"] },
    /** CR8: bits 4 to 7 of the local APIC's task priority. */
    taskPriority: { params: [], result: "i32" },
    setTaskPriority: { params: ["i32"] },
    /** FERR#: an exception of x87 that is no #MF, since CR0.NE is 0. */
    floatingPointError: { params: [] },
    /** FERR# is no longer: a status word without a pending exception has been loaded. */
    floatingPointErrorEnds: { params: [] },
    /** IA32_APIC_BASE. */
    apicBase: { params: [], result: "i64" },
    setApicBase: { params: ["i64"] },
  },
  ports: true,
  walkStores: true,
  // Present; two entries of 32 bits are looked at together.
  descriptorLiveMask: 1n | (1n << 32n),
};
