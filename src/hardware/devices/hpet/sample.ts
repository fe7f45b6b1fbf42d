import { HandClock } from "../../testing/hand-clock.ts";
import { line, poke, type Sample } from "../../testing/sample.ts";
import { Hpet } from "./hpet.ts";

export const sample = (): Sample => {
  const clock = new HandClock(12_345_678_901, 7);
  const device = new Hpet(clock, { lines: [line, line, line], intervalTimer: line, message: () => {} });
  return {
    device,
    use() {
      device.write(0xf0, 4, 0xffff_0000);
      device.write(0xf4, 4, 1);
      for (const [n, configuration] of [0x10e, 0x4c, 0x7404].entries()) {
        device.write(0x100 + 0x20 * n, 4, configuration);
        device.write(0x108 + 0x20 * n, 4, 5000 * n);
        device.write(0x110 + 0x20 * n, 4, 0xfee0_0000);
      }
      device.write(0x10, 4, 3);
      device.clockInterrupt.set(true);
      clock.expireNext();
    },
    step(random) {
      const what = random(6);
      if (what === 0) clock.expireNext();
      else if (what === 1) device.write(0x10, 4, random(4));
      else if (what === 2) device.clockInterrupt.set(random(2) === 1);
      else if (what === 3) clock.now += random();
      else poke(device, 0x160, random);
    },
  };
};
