import { line, poke, pokeAll, type Sample } from "../../testing/sample.ts";
import { Pl011 } from "./pl011.ts";

export const sample = (): Sample => {
  const device = new Pl011(line, () => {});
  return {
    device,
    use() {
      pokeAll(device);
      device.write(0x2c, 4, 0x10);
      device.receive(Uint8Array.of(1, 2, 3));
      device.receiveBreak();
      device.read(0, 4);
    },
    step(random) {
      const what = random(5);
      if (what === 0) device.receive(Uint8Array.of(random(256), random(256)));
      else if (what === 1) device.receiveBreak();
      else if (what === 2) device.read(0, 4);
      else poke(device, 0x50, random);
    },
  };
};
