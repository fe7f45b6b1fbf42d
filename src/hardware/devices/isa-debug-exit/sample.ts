import type { Sample } from "../../testing/sample.ts";
import { IsaDebugExit } from "./isa-debug-exit.ts";

export const sample = (): Sample => {
  const device = new IsaDebugExit(() => {});
  return { device, use: () => device.write(0, 1, 1), step: (random) => device.write(0, 1, random(256)) };
};
