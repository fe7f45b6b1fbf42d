import type { Sample } from "../../testing/sample.ts";
import { I8257 } from "./i8257.ts";

export const sample = (): Sample => {
  const device = new I8257();
  return {
    device,
    use() {
      for (let port = 0; port < 8; port++) for (const value of [0x12, 0x34]) device.first.write(port, 1, value + port);
      device.second.write(0x16, 1, 0x45);
      device.second.write(0x12, 1, 6);
      for (let port = 0; port < 16; port++) device.pages.write(port, 1, port);
      device.second.write(0x1e, 1, 5);
      device.first.write(2, 1, 0x99);
    },
    step(random) {
      const [ports, count] = ([[device.first, 16], [device.second, 32], [device.pages, 16],] as const)[random(3)]!; // prettier-ignore
      if (random(4)) ports.write(random(count), 1, random(256));
      else ports.read(random(count), 1);
    },
  };
};
