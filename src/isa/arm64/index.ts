export { arm64, reset } from "./guest.ts";
export { A64 } from "./emitter.ts";
export { layout, STACK_POINTER, state, type SystemSlot, systemSlot, ZERO_REGISTER } from "./state.ts";
