export { arm64, reset } from "./guest.ts";
export { countersDue } from "./performance-counters.ts";
export { A64 } from "./emitter.ts";
export { STACK_POINTER, state, type SystemSlot, systemSlot } from "./state.ts";
export { A64Debug } from "./debug.ts";
export { isImage } from "./linux.ts";
