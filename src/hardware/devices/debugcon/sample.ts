import type { Sample } from "../../testing/sample.ts";
import { Debugcon } from "./debugcon.ts";

export const sample = (): Sample => {
  const device = new Debugcon(() => {});
  return { device, use: () => device.write(0, 1, 0x41), step: (random) => device.write(0, 1, random(256)) };
};
