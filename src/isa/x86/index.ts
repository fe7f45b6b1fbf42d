export { instructions, x86 } from "./guest.ts";
export { FLAG_BITS, state } from "./state.ts";
export { reset } from "./reset.ts";
