import { line, type Sample } from "../../testing/sample.ts";
import { Port92 } from "./port92.ts";

export const sample = (): Sample => {
  const device = new Port92(line, () => {});
  return {
    device,
    use: () => device.port.write(0, 1, 0xfe),
    step: (random) => device.port.write(0, 1, random(256)),
  };
};
