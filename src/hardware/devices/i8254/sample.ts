import { HandClock } from "../../testing/hand-clock.ts";
import { line, type Sample } from "../../testing/sample.ts";
import { I8254 } from "./i8254.ts";

export const sample = (): Sample => {
  const clock = new HandClock(12_345_678_901, 7);
  const device = new I8254(clock, line);
  return {
    device,
    use() {
      for (const value of [0x34, 0x71, 0xb0, 0xc2]) device.counters.write(3, 1, value);
      device.counters.write(0, 1, 0x12);
      device.port61.write(0, 1, 3);
      device.port61.read(0, 1);
      clock.expireNext();
      device.enable.set(false);
    },
    step(random) {
      const what = random(6);
      if (what === 5) device.enable.set(random(2) === 1);
      else if (what === 0) device.port61.write(0, 1, random(4));
      else if (what === 1) clock.expireNext();
      else if (what === 2) device.counters.read(random(3), 1);
      else device.counters.write(random(4), 1, random(256));
    },
  };
};
