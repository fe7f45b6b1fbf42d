import { describeState, group, kept, type StateOf, u32 } from "../../state/index.ts";

export const pciHostState = describeState("pci-host", 1, group({ address: kept(u32()) }));
export type PciHostState = StateOf<typeof pciHostState>;
