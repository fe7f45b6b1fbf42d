import { describeState, flag, group, type StateOf, u32 } from "../../state/index.ts";

/** `selects`: by number; before, there is a map of all that are there. */
export const cpuHotplugState = describeState("cpu-hotplug", 1, group({ selects: flag(), selected: u32() }));
export type CpuHotplugState = StateOf<typeof cpuHotplugState>;
