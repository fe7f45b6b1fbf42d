import { HandClock } from "../../testing/hand-clock.ts";
import { line, type Sample } from "../../testing/sample.ts";
import { Mc146818 } from "./mc146818.ts";

export const sample = (): Sample => {
  const clock = new HandClock(12_345_678_901, 7);
  const device = new Mc146818(clock, line);
  const write = (index: number, value: number): void => {
    device.write(0, 1, index);
    device.write(1, 1, value);
  };
  return {
    device,
    use() {
      device.setTime(1_800_000_000);
      device.fill([[0x5f, 3]]);
      write(0x0b, 0x42);
      // A reset turns it off, and leaves the deadline.
      write(0x0b, 0x02);
      write(0x05, 0x12);
      write(0x37, 0x21);
    },
    step(random) {
      const what = random(8);
      if (what === 0) device.setTime(random());
      else if (what === 1) clock.expireNext();
      else if (what === 2) device.read(1, 1);
      else if (what === 3) write(0x0a, (random(2) ? 0x20 : random(8) << 4) | random(16));
      else if (what === 4) write(0x0b, random(256));
      else write(random(0x40), random(256));
    },
  };
};
