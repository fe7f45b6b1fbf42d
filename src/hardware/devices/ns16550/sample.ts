import { HandClock } from "../../testing/hand-clock.ts";
import { line, type Sample } from "../../testing/sample.ts";
import { Ns16550 } from "./ns16550.ts";

export const sample = (): Sample => {
  const clock = new HandClock(12_345_678_901, 7);
  const device = new Ns16550(clock, line, () => {});
  return {
    device,
    use() {
      device.write(3, 1, 0x83);
      device.write(1, 1, 1);
      device.write(3, 1, 0x03);
      device.write(1, 1, 5);
      device.write(2, 1, 0x81);
      device.receive(Uint8Array.of(1, 2, 3));
      device.receiveBreak();
      device.write(7, 1, 0x5a);
    },
    step(random) {
      const what = random(8);
      if (what === 0) device.receive(Uint8Array.of(random(256), random(256)));
      else if (what === 1) device.receiveBreak();
      else if (what === 2) device.read(0, 1);
      else if (what === 3) device.read(random(8), 1);
      else if (what === 4) clock.expireNext();
      else device.write(random(8), 1, random(256));
    },
  };
};
