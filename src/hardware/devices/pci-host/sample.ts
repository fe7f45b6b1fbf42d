import type { Sample } from "../../testing/sample.ts";
import { PciHost } from "./pci-host.ts";

export const sample = (): Sample => {
  const device = new PciHost(new Map());
  return {
    device,
    use: () => device.address.write(0, 4, 0x8000_1234),
    resetBeside: "tests/differential/pc-pci.test.ts",
    step: (random) =>
      (random(2) ? device.address : device.data).write(random(4), [1, 2, 4][random(3)] as 1 | 2 | 4, random()),
  };
};
