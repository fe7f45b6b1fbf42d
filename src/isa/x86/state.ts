import { defineState } from "../index.ts";

/** Indices of general registers. */
export const [RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** Of `r`: always 0, for addresses without a base or an index. */
export const NO_REGISTER = 16;

/** Indices of segment registers, in the order of their encoding. */
export const [ES, CS, SS, DS, FS, GS] = [0, 1, 2, 3, 4, 5] as const;
/** Indices of the other two descriptor registers, behind those that have one. */
export const [LDTR, TR] = [7, 8] as const;
/** Of `segmentBase`: always 0, for what is not relative to a segment. */
export const NO_SEGMENT = 6;

/** Indices of the condition flags in `flags`, in the order of their bits in EFLAGS. */
export const [CF, PF, AF, ZF, SF, OF] = [0, 1, 2, 3, 4, 5] as const;
/** Their bits in EFLAGS. */
export const FLAG_BITS = [0, 2, 4, 6, 7, 11] as const;

/** All other bits of EFLAGS that are state, by number. */
export const EFLAGS = {
  TF: 8,
  IF: 9,
  DF: 10,
  IOPL: 12,
  NT: 14,
  RF: 16,
  VM: 17,
  AC: 18,
  VIF: 19,
  VIP: 20,
  ID: 21,
} as const;

/** Registers of the processor that are plain storage: their places in `system`. */
const SYSTEM_SLOTS = [
  ...(["CR0", "CR2", "CR3", "CR4", "EFER"] as const),
  ...(["GDT_BASE", "GDT_LIMIT", "IDT_BASE", "IDT_LIMIT"] as const),
  ...(["DR0", "DR1", "DR2", "DR3", "DR6", "DR7"] as const),
  ...(["STAR", "LSTAR", "CSTAR", "FMASK", "KERNEL_GS_BASE", "SYSENTER_CS", "SYSENTER_ESP", "SYSENTER_EIP"] as const),
  ...(["TSC_OFFSET", "PAT", "MISC_ENABLE", "MCG_STATUS", "MCG_CTL"] as const),
] as const;
export type SystemSlot = (typeof SYSTEM_SLOTS)[number];
export const systemSlot = Object.fromEntries(SYSTEM_SLOTS.map((name, index) => [name, index])) as Readonly<
  Record<SystemSlot, number>
>;

/** The architectural state of one x86 core, as it lies in the state block. */
export const { layout, fields: state } = defineState("x86", 1, {
  /** XMM0 to XMM15. */
  xmm: { size: 16, count: 16 },
  /** RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15, and zero. */
  r: { size: 8, count: 17 },
  /** Linear address of the next instruction: CS's base and RIP. */
  pc: { size: 8 },
  /** Bases of ES, CS, SS, DS, FS, GS, 0, and those of LDTR and TR. */
  segmentBase: { size: 8, count: 9 },
  /** Registers that are plain storage, indexed by `systemSlot`. */
  system: { size: 8, count: 40 },
  /** MTRRs: eight pairs of variable ranges, eleven of fixed ones, the default type. */
  memoryTypes: { size: 8, count: 28 },
  /** Control, status, address and more of the ten banks of the machine check architecture. */
  machineChecks: { size: 8, count: 40 },
  /** Significands of x87's physical registers 0 to 7; MMX's registers are the same. */
  significand: { size: 8, count: 8 },
  /** x87's last instruction and operand pointers. */
  fpuPointers: { size: 8, count: 2 },
  segmentLimit: { size: 4, count: 9 },
  /** As in a descriptor's second doubleword, bits 8 to 15 and 20 to 23, others 0. */
  segmentAttributes: { size: 4, count: 9 },
  /** EFLAGS without the condition flags; bit 1 is not kept. */
  eflags: { size: 4 },
  mxcsr: { size: 4 },
  selector: { size: 2, count: 9 },
  /** Signs and exponents of x87's physical registers. */
  exponent: { size: 2, count: 8 },
  fpuControl: { size: 2 },
  /** TOP included. */
  fpuStatus: { size: 2 },
  /** Last opcode, and the selectors of the pointers. */
  fpuOpcode: { size: 2 },
  fpuSelectors: { size: 2, count: 2 },
  /** Of x87's physical registers: 1 where empty. */
  fpuEmpty: { size: 1, count: 8 },
  /** CF, PF, AF, ZF, SF, OF: a byte each, 0 or 1; then two that are 0. */
  flags: { size: 1, count: 8 },
  /** Bits of `FEATURE` that the model has not: 0 in all its history, or what power-on says. */
  missing: { size: 4 },
  /** CPL. */
  privilege: { size: 1 },
  /** Number in MODELS. */
  model: { size: 1 },
  /** Number in MODES. */
  mode: { size: 1 },
  /** 1: after HLT. 2: shut down by a triple fault. */
  halted: { size: 1 },
  /** 1: STI or a load of SS was the last instruction; no interrupt comes before the next one. */
  shadow: { size: 1 },
  /** NMIs wait for IRET. */
  nmiBlocked: { size: 1 },
  /** The gate of address line 20 is open. */
  a20: { size: 1 },
  /**
   * Not 0: a debug exception comes before the next instruction. 1: the last one was single-stepped; 2: it switched to a
   * task that asks for it; STEP_HIT << n: it accessed what DRn watches.
   */
  stepped: { size: 1 },
  /** Vector of the last exception, the first one where its delivery faulted. */
  faultVector: { size: 4, derived: true },
  /** Flags of MXCSR that the instruction in execution has raised so far. */
  simdFlags: { size: 4, derived: true },
  /** What the instruction in execution notes in x87's status word so far. */
  fpuNoted: { size: 4, derived: true },
  /** Its result: sign and exponent, and the significand. */
  fpuResultExponent: { size: 4, derived: true },
  fpuResult: { size: 8, derived: true },
  /** Numbers of 128 bits in the computation of its functions, upper half first. */
  fpuWide: { size: 8, count: 6, derived: true },
  /** Error code of the page fault that a walk found; -1 where the address was not canonical. */
  walkError: { size: 4, derived: true },
  /** Inside a step: vector of the exception whose delivery is in execution, and 1. */
  delivering: { size: 4, derived: true },
  /** Inside a step: 1 while accesses are the supervisor's whatever CPL is. */
  supervisor: { size: 1, derived: true },
  /** Inside a step: 1 while it is the entry of an interrupt, which is acknowledged when it is delivered; 2 if that is an NMI. */
  interrupting: { size: 1, derived: true },
  /** Inside a step: 1 after a switch to another task, at whose first instruction faults are; 3: with its trap bit. */
  switched: { size: 1, derived: true },
  /** What the step in execution began with: STEP_* bits. */
  stepping: { size: 1, derived: true },
});

/** Of `interrupting`. */
export const INTERRUPTING_NMI = 2;

/**
 * Bits of `stepping`: RF, TF, the shadow of interrupts; the step is looked at by itself, or is the debug exception that
 * `stepped` asked for.
 */
export const [STEP_RF, STEP_TF, STEP_SHADOW, STEP_ALONE, STEP_TRAP] = [1, 2, 4, 8, 16] as const;
/** Of `stepped`. */
export const STEP_HIT = 4;
