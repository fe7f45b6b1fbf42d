import { line, type Sample } from "../../testing/sample.ts";
import { PiixIde } from "./piix-ide.ts";

export const sample = (): Sample => {
  const device = new PiixIde([line, line]);
  return {
    device,
    use() {
      for (const channel of [0, 1] as const) {
        device.commands[channel].write(6, 1, 0xa0);
        device.commands[channel].write(7, 1, 0xec);
        device.controls[channel].write(0, 1, 2);
        device.busMaster.write(8 * channel, 1, 9);
        device.busMaster.write(8 * channel + 4, 4, 0x12345678);
      }
    },
    step(random) {
      const channel = random(2) as 0 | 1;
      const what = random(3);
      if (what === 0) device.commands[channel].write(random(8), 1, random(256));
      else if (what === 1) device.controls[channel].write(0, 1, random(256));
      else device.busMaster.write(random(16), 1, random(256));
    },
  };
};
