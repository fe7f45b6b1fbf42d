import { defineState } from "../index.ts";

/** Index of the always-zero register and of the current stack pointer in `x`. */
export const ZERO_REGISTER = 31;
export const STACK_POINTER = 32;

/** System registers that are plain storage: their places in `system`. */
// prettier-ignore
export const SYSTEM_SLOTS = [
  "SCTLR_EL1", "CPACR_EL1", "TTBR0_EL1", "TTBR1_EL1", "TCR_EL1", "MAIR_EL1", "VBAR_EL1", "CONTEXTIDR_EL1",
  "SPSR_EL1", "ELR_EL1", "ESR_EL1", "FAR_EL1", "PAR_EL1", "CSSELR_EL1",
  "TPIDR_EL0", "TPIDRRO_EL0", "TPIDR_EL1", "CNTKCTL_EL1", "CNTFRQ_EL0",
  "MDSCR_EL1", "OSLSR_EL1", "OSDLR_EL1",
  "DBGBVR0_EL1", "DBGBVR1_EL1", "DBGBVR2_EL1", "DBGBVR3_EL1", "DBGBVR4_EL1", "DBGBVR5_EL1",
  "DBGBCR0_EL1", "DBGBCR1_EL1", "DBGBCR2_EL1", "DBGBCR3_EL1", "DBGBCR4_EL1", "DBGBCR5_EL1",
  "DBGWVR0_EL1", "DBGWVR1_EL1", "DBGWVR2_EL1", "DBGWVR3_EL1",
  "DBGWCR0_EL1", "DBGWCR1_EL1", "DBGWCR2_EL1", "DBGWCR3_EL1",
  "PMCR_EL0", "PMCNTEN", "PMINTEN", "PMOVS", "PMSELR_EL0", "PMUSERENR_EL0",
  "PMEVCNTR0_EL0", "PMEVCNTR1_EL0", "PMEVCNTR2_EL0", "PMEVCNTR3_EL0", "PMEVCNTR4_EL0", "PMEVCNTR5_EL0", "PMCCNTR_EL0",
  "PMEVTYPER0_EL0", "PMEVTYPER1_EL0", "PMEVTYPER2_EL0", "PMEVTYPER3_EL0", "PMEVTYPER4_EL0", "PMEVTYPER5_EL0", "PMCCFILTR_EL0",
  "PMCCSEEN",
] as const;
export type SystemSlot = (typeof SYSTEM_SLOTS)[number];
export const systemSlot = Object.fromEntries(SYSTEM_SLOTS.map((name, index) => [name, index])) as Readonly<
  Record<SystemSlot, number>
>;

/** The architectural state of one A64 core at EL1/EL0, as it lies in the state block. */
export const { layout, fields: state } = defineState("arm64", 1, {
  /** V0 to V31. */
  v: { size: 16, count: 32 },
  /** X0 to X30, then zero, then the current SP. */
  x: { size: 8, count: 33 },
  pc: { size: 8 },
  /** SP_EL0 and SP_EL1; the one in use lives in x[32] and its slot here is stale. */
  sp: { size: 8, count: 2 },
  /** The exclusive monitor: address, and the value loaded (low, high). */
  exclusiveAddress: { size: 8 },
  exclusiveValue: { size: 8, count: 2 },
  /** System registers that are plain storage, indexed by `systemSlot`. */
  system: { size: 8, count: 72 },
  fpcr: { size: 4 },
  fpsr: { size: 4 },
  /** N, Z, C, V: a byte each, 0 or 1. */
  flags: { size: 1, count: 4 },
  /** PSTATE.DAIF as four bits, D = 8, A = 4, I = 2, F = 1. */
  daif: { size: 1 },
  /** PSTATE.EL, 0 or 1, and PSTATE.SP. */
  el: { size: 1 },
  spsel: { size: 1 },
  /** PSTATE.SS and PSTATE.IL. */
  singleStep: { size: 1 },
  illegalState: { size: 1 },
  /** Bytes the exclusive monitor guards; 0 when it is open. */
  exclusiveSize: { size: 1 },
  /** Why the last translation failed: fault status code (ISS.DFSC/IFSC), for `abort`. */
  faultStatus: { size: 4, derived: true },
  /** The block or page descriptor that the last translation ended at, for AT. */
  walkDescriptor: { size: 8, derived: true },
  /** What EL0 and EL1 FP/SIMD instructions do now: 1 when they trap (CPACR_EL1.FPEN). */
  fpTrapped: { size: 1, derived: true },
  /** Whether a performance counter that is on counts at one exception level only. */
  countersFiltered: { size: 1, derived: true },
  /** Whether the stepped instruction was a load exclusive. */
  loadedExclusive: { size: 1, derived: true },
});
