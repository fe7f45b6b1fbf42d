import { HandClock } from "../../testing/hand-clock.ts";
import { line, type Sample } from "../../testing/sample.ts";
import { ArmPmu } from "./arm-pmu.ts";

export const sample = (): Sample => {
  const device = new ArmPmu(new HandClock(12_345_678_901, 7), line, 1, () => {});
  return {
    device,
    use: () => device.changed(true, 3000, undefined),
    step: (random) => device.changed(true, random(2) ? random() : undefined, random(2) ? random() : undefined),
  };
};
