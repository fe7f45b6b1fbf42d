import { describeState, group, type StateOf, u32 } from "../../state/index.ts";

export const pciHotplugState = describeState("pci-hotplug", 1, group({ bus: u32() }));
export type PciHotplugState = StateOf<typeof pciHotplugState>;
