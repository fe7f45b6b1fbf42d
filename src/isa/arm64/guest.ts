import type { Insn, StateField, WordGuest } from "../index.ts";
import { decimal, line } from "./asm.ts";
import { branches } from "./branches.ts";
import { dataProcessingImmediate } from "./data-processing-immediate.ts";
import { dataProcessingRegister } from "./data-processing-register.ts";
import { A64, insn } from "./emitter.ts";
import {
  abort,
  alignmentAbort,
  busError,
  interrupt,
  interruptible,
  raise,
  raiseReturning,
  stepException,
  synchronize,
} from "./exceptions.ts";
import { evaluateFlags } from "./flags.ts";
import { breakpoint, breakpointAddress, BREAKPOINTS, watchpoint } from "./hardware-breakpoints.ts";
import { loadsStores } from "./loads-stores.ts";
import { simdLoadsStores } from "./simd-loads-stores.ts";
import { stepState } from "./self-hosted-debug.ts";
import { simd } from "./simd.ts";
import { layout, state, systemSlot } from "./state.ts";
import { exceptionGeneration, exceptionReturns, system } from "./system-instructions.ts";
import { countersDue } from "./performance-counters.ts";
import { systemRegisters } from "./system-registers.ts";
import { checksAlignment, reversesBytes, translate, untag } from "./translation.ts";

/** The permanently undefined instruction, and what every unallocated word does. */
const undefinedInstruction = insn("UDF", "0000000000000000 imm16:16", [], (e) => e.undefined(), {
  asm: ({ imm16 }) => line("udf", decimal(imm16)),
});

/** The table of A64: one row per instruction, in the order of the Arm manual's C4.1. */
const instructions: readonly Insn<A64>[] = [
  undefinedInstruction,
  ...dataProcessingImmediate,
  ...exceptionGeneration,
  ...system,
  ...exceptionReturns,
  ...branches,
  ...loadsStores,
  ...simdLoadsStores,
  ...dataProcessingRegister,
  ...simd,
];

/** One Armv8.0-A core at EL1 and EL0 without AArch32: QEMU's cortex-a53. */
export const arm64: WordGuest<A64> = {
  name: "arm64",
  state: layout,
  pc: state.pc,
  registers: [state.x],
  flags: { field: state.flags, evaluate: evaluateFlags },
  instructions,
  undefinedInstruction,
  emitter: (lowering) => new A64(lowering),
  routines: {
    translate,
    abort,
    alignmentAbort,
    busError,
    interrupt,
    interruptible,
    synchronize,
    checksAlignment,
    reversesBytes,
    untag,
    stepState,
    stepException,
    watchpoint,
    breakpoint,
    breakpointAddress,
  },
  breakpoints: BREAKPOINTS,
  entries: [raise, raiseReturning, countersDue],
  host: {
    /** The board's generic timer. Registers: 0 CNTP_CTL, 1 CNTP_CVAL, 2 CNTP_TVAL, 3 CNTV_CTL, 4 CNTV_CVAL, 5 CNTV_TVAL. */
    timerRead: { params: ["i32"], result: "i64" },
    timerWrite: { params: ["i32", "i64"] },
    /** Level of the performance counters' interrupt, 0 or 1; cycles and instructions to the next overflow at least, -1: never. */
    countersChanged: { params: ["i32", "i64", "i64"] },
    /** What an instruction takes, in nanoseconds. */
    instructionNs: { params: [], result: "i64" },
    /** HVC: firmware reads and writes X0 to X3 in the state; 0 when there is no such call. */
    hypercall: { params: [], result: "i32" },
    /** Level of the core's IRQ line, 0 or 1 (ISR_EL1). */
    interruptLine: { params: [], result: "i32" },
  },
  // Bit 0: valid; in the byte that has it when descriptors are big-endian, too.
  descriptorLiveMask: 1n | (1n << 56n),
};

/**
 * State at power-on, in EL1 with the MMU off: writes every field that is not zero. The board sets `pc` and X0 for
 * the program it loads.
 */
export function reset(write: (field: StateField, value: bigint, index?: number) => void): void {
  write(state.el, 1n);
  write(state.spsel, 1n);
  write(state.daif, 0xfn);
  write(state.flags, 1n, 1); // Z, as on the reference
  for (const { slot, reset = 0n } of systemRegisters)
    if (slot !== undefined && reset !== 0n) write(state.system, reset, systemSlot[slot]);
}
