import { HandClock } from "../../testing/hand-clock.ts";
import { line, type Sample } from "../../testing/sample.ts";
import { LocalApic } from "./lapic.ts";
import { Register } from "./registers.ts";

const TIMER_LVT = Register.LVT;

export const sample = (): Sample => {
  const clock = new HandClock(12_345_678_901, 7);
  const pic = { next: () => 8, acknowledge: () => {} };
  const device = new LocalApic(clock, { intr: line, pic, eoi: () => {}, init: () => {} });
  const write = (register: number, value: number): void => device.write(register << 4, 4, value);
  return {
    device,
    use() {
      write(Register.SVR, 0x1f0);
      write(Register.DIVIDE, 3);
      write(TIMER_LVT, 0x2_0031);
      write(Register.INITIAL_COUNT, 5000);
      for (const data of [0x8040, 0x51]) device.deliverMessage(0xfee0_0000, data);
      device.acknowledge(false);
      for (const register of [Register.ID, Register.TPR, Register.LDR, Register.DFR, Register.ICR_HIGH])
        write(register, 0x3400_0020);
      device.read(0, 4);
      device.lint0.set(true);
      device.base = 0xfed0_0800;
    },
    step(random) {
      const what = random(8);
      if (what === 0) device.lint0.set(random(2) === 1);
      else if (what === 1) device.acknowledge(random(2) === 1);
      else if (what === 2) clock.expireNext();
      else if (what === 3) device.deliverMessage(0xfee0_0000, random(0x800));
      else write(random(0x40), random());
    },
  };
};
