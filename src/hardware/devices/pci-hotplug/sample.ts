import type { Sample } from "../../testing/sample.ts";
import { PciHotplug } from "./pci-hotplug.ts";

export const sample = (): Sample => {
  const device = new PciHotplug([0]);
  return {
    device,
    use: () => device.write(0x10, 4, 7),
    step: (random) => device.write(4 * random(6), 4, random(300)),
  };
};
