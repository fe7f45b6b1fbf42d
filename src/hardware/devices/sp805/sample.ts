import { HandClock } from "../../testing/hand-clock.ts";
import { line, poke, type Sample } from "../../testing/sample.ts";
import { Sp805 } from "./sp805.ts";

export const sample = (): Sample => {
  const clock = new HandClock(12_345_678_901, 7);
  const device = new Sp805(clock, line, () => {});
  return {
    device,
    use() {
      device.write(0, 4, 24_000_000);
      device.write(8, 4, 3);
      clock.expireNext();
      device.write(0xc00, 4, 1);
    },
    step(random) {
      if (random(2)) poke(device, 0x18, random);
      else if (random(2)) device.write(0xc00, 4, random(3) ? 0x1acce551 : 0);
      else clock.expireNext();
    },
  };
};
