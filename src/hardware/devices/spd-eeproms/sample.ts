import type { Sample } from "../../testing/sample.ts";
import { COUNT, FIRST } from "./registers.ts";
import { SpdEeproms } from "./spd-eeproms.ts";

export const sample = (): Sample => {
  const device = new SpdEeproms();
  return {
    device,
    use: () => device.write(FIRST + 1, [3, 4, 5]),
    step(random) {
      const address = FIRST + random(COUNT);
      if (random(2)) device.read(address);
      else device.write(address, [random(256), random(256)]);
    },
  };
};
