export { VirtBoard, type PowerOnState, type VirtDependencies } from "./virt.ts";
export type { PsciOutcome, PsciRegisters } from "./psci.ts";
export { memoryMap } from "./memory-map.ts";
