import { HandClock } from "../../testing/hand-clock.ts";
import type { Random, Sample } from "../../testing/sample.ts";
import { IoApic } from "./ioapic.ts";
import { Offset, PINS, Register } from "./registers.ts";

export const sample = (): Sample => {
  const pic = { next: () => 8, acknowledge: () => {} };
  const clock = new HandClock(12_345_678_901, 7);
  const device = new IoApic(clock, { deliver: () => {}, pic });
  const write = (register: number, value: number): void => {
    device.write(Offset.SELECT, 4, register);
    device.write(Offset.WINDOW, 4, value);
  };
  const level = (random: Random): void => device.setInput(random(PINS), random(2) === 1);
  return {
    device,
    use() {
      write(Register.ID, 0x300_0000);
      for (let pin = 0; pin < 4; pin++) {
        write(Register.TABLE + 2 * pin + 1, pin << 24);
        write(Register.TABLE + 2 * pin, 0x8030 + pin);
        device.setInput(pin, true);
      }
      for (let n = 0; n < 10_001; n++) device.endOfInterrupt(0x31);
      device.endOfInterrupt(0x32);
    },
    step(random) {
      const what = random(4);
      if (what === 0) write(random(0x48), random());
      else if (what === 1) device.endOfInterrupt(random(256));
      else level(random);
    },
  };
};
