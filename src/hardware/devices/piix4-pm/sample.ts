import { HandClock } from "../../testing/hand-clock.ts";
import { line, type Sample } from "../../testing/sample.ts";
import { Piix4Pm } from "./piix4-pm.ts";
import { Event, Offset } from "./registers.ts";

export const sample = (): Sample => {
  const clock = new HandClock(12_345_678_901, 7);
  const device = new Piix4Pm(clock, { sci: line, off: () => {}, suspend: () => {}, stop: () => {}, wake: () => {} });
  return {
    device,
    use() {
      device.ports.write(Offset.ENABLE, 2, 0x0521);
      device.ports.write(Offset.STATUS, 2, Event.TIMER);
      device.powerButton();
      device.gpe.write(2, 2, 0x0302);
      device.ports.write(Offset.CONTROL, 2, 0x3400);
      device.alarm();
      device.apm.write(0, 2, 0x12f1);
    },
    step(random) {
      const what = random(6);
      if (what === 0) device.powerButton();
      else if (what === 1) clock.expireNext();
      else if (what === 2) device.gpe.write(random(4), 1, random(256));
      else if (what === 3) device.alarm();
      else if (what === 4) device.apm.write(random(2), 1, random(256));
      else device.ports.write(2 * random(3), 2, random(0x1_0000));
    },
  };
};
