export { X86Debug } from "./debug.ts";
export { instructions, x86 } from "./guest.ts";
export { FLAG_BITS, state } from "./state.ts";
export { identityOf, type ModelName } from "./models.ts";
export { initialise, reset } from "./reset.ts";
export type { DebugTarget } from "./target-description.ts";
