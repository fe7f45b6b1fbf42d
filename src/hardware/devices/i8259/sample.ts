import { line, type Sample } from "../../testing/sample.ts";
import { I8259 } from "./i8259.ts";

export const sample = (): Sample => {
  const device = new I8259(line);
  return {
    device,
    use() {
      device.edgeLevel.write(1, 1, 0xff);
      for (const chip of [device.master, device.slave]) {
        for (const [port, value] of [
          [0, 0x11],
          [1, 0x28],
          [1, 4],
          [1, 0x11],
          [1, 0x81],
          [0, 0x6f],
        ] as const)
          chip.write(port, 1, value);
      }
      for (let input = 0; input < 16; input++) device.setInput(input, true);
      device.acknowledge();
    },
    step(random) {
      const what = random(8);
      if (what === 0) device.edgeLevel.write(random(2), 1, random(256));
      else if (what === 1) device.acknowledge();
      else if (what < 5) device.setInput(random(16), random(2) === 1);
      else [device.master, device.slave][random(2)]!.write(random(2), 1, random(256));
    },
  };
};
