import { controlRegisters } from "./control-registers.ts";
import { exceptionInstructions } from "./exception-instructions.ts";
import { farBranches } from "./far-branches.ts";
import type { Insn86 } from "./insn.ts";
import { interruptFlags } from "./interrupt-flags.ts";
import { modelSpecific } from "./model-specific.ts";
import { ports } from "./ports.ts";
import { segmentInstructions } from "./segment-instructions.ts";
import { systemCalls } from "./system-calls.ts";

/** The instructions that user level has not, or whose meaning is the system's to say. */
export const systemInstructions: readonly Insn86[] = [
  ...exceptionInstructions,
  ...segmentInstructions,
  ...farBranches,
  ...interruptFlags,
  ...controlRegisters,
  ...modelSpecific,
  ...systemCalls,
  ...ports,
];
