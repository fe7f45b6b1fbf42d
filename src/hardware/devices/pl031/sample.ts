import { HandClock } from "../../testing/hand-clock.ts";
import { line, poke, pokeAll, type Sample } from "../../testing/sample.ts";
import { Pl031 } from "./pl031.ts";

export const sample = (): Sample => {
  const device = new Pl031(new HandClock(12_345_678_901, 7), line);
  return {
    device,
    use() {
      device.setBase(1_800_000_000);
      pokeAll(device);
    },
    step(random) {
      const what = random(3);
      if (what === 0) device.setBase(random(2 ** 20));
      else if (what === 1) device.write(4, 4, random(2 ** 22));
      else poke(device, 0x20, random);
    },
  };
};
