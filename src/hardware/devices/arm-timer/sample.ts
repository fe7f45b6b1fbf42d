import { HandClock } from "../../testing/hand-clock.ts";
import { line, type Sample } from "../../testing/sample.ts";
import { ArmTimer } from "./arm-timer.ts";

export const sample = (): Sample => {
  const device = new ArmTimer(new HandClock(12_345_678_901, 7), line, line);
  return {
    device,
    use: () => [0, 1, 3, 5].forEach((register) => device.write(register as 0, 0xfedc_ba98_7654_3211n)),
    step: (random) => device.write(random(6) as 0, BigInt(random()) * 2n ** 32n + BigInt(random())),
  };
};
