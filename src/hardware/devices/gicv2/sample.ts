import { line, poke, pokeAll, type Sample } from "../../testing/sample.ts";
import { Gicv2 } from "./gicv2.ts";

export const sample = (): Sample => {
  const device = new Gicv2(line);
  const { distributor, cpuInterface } = device;
  return {
    device,
    use() {
      device.setInput(33, true);
      pokeAll(distributor);
      pokeAll(cpuInterface);
      device.acknowledge();
    },
    step(random) {
      const what = random(4);
      if (what === 0) device.setInput(16 + random(272), random(2) === 1);
      else if (what === 1) poke(cpuInterface, 0x100, random);
      else if (what === 2) poke(distributor, 0x1000, random);
      else device.acknowledge();
    },
  };
};
