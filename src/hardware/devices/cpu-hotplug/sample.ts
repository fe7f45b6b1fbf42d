import type { Sample } from "../../testing/sample.ts";
import { CpuHotplug } from "./cpu-hotplug.ts";

export const sample = (): Sample => {
  const device = new CpuHotplug();
  return {
    device,
    use() {
      device.ports.write(0, 4, 0);
      device.ports.write(0, 4, 3);
    },
    step: (random) => device.ports.write(random(12), 1, random(2)),
  };
};
