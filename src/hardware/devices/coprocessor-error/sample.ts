import { line, type Sample } from "../../testing/sample.ts";
import { CoprocessorError } from "./coprocessor-error.ts";

export const sample = (): Sample => {
  const device = new CoprocessorError(line);
  return {
    device,
    use: () => device.raise(),
    step: (random) => (random(2) ? device.raise() : device.port.write(0, 1, random(256))),
  };
};
