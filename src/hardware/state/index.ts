export { describeState, type StateDescription, stateless, type StateOf } from "./description.ts";
export { group } from "./field.ts";
export { flag, ns, oneOf, u16, u32, u64, u8 } from "./numbers.ts";
export { bytes, counted, pair, words } from "./arrays.ts";
export { kept, optional, via } from "./wrappers.ts";
export { StatefulDevice } from "./stateful-device.ts";
