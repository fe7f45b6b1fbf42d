import type { PciFunction } from "../pci/pci-function.ts";
import type { Sample } from "./sample.ts";

/** A function whose configuration space is all of its state. */
export function pciSample(device: PciFunction): Sample {
  return {
    device,
    resetBeside: "tests/differential/pc-pci.test.ts",
    use() {
      for (let at = 0; at < 256; at += 4) device.writeConfig(at, 4, (at * 0x9e3779b1) >>> 0);
    },
    step: (random) => device.writeConfig(random(2) ? 4 + random(0x30) : random(256), [1, 2, 4][random(3)]!, random()),
  };
}
