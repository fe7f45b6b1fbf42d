import type { Sample } from "../../testing/sample.ts";
import { Piix3Reset } from "./piix3-reset.ts";

export const sample = (): Sample => {
  const device = new Piix3Reset(() => {});
  return {
    device,
    use: () => device.port.write(0, 1, 2),
    step: (random) => device.port.write(0, 1, random(256)),
  };
};
