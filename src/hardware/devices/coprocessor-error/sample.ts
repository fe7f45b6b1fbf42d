import { line, type Sample } from "../../testing/sample.ts";
import { CoprocessorError } from "./coprocessor-error.ts";

export const sample = (): Sample => {
  const device = new CoprocessorError(line);
  return {
    device,
    use() {
      device.port.write(0, 1, 0);
      device.heed();
      device.raise();
    },
    step(random) {
      const what = random(3);
      if (what === 0) device.raise();
      else if (what === 1) device.heed();
      else device.port.write(0, 1, random(256));
    },
  };
};
