import { expect, it } from "vitest";
import { CoprocessorError } from "./coprocessor-error.ts";

it("CoprocessorError holds its interrupt until port F0h is written, and is raised by none until they have ended", () => {
  const levels: boolean[] = [];
  const device = new CoprocessorError({ set: (level) => levels.push(level) });
  device.raise();
  device.port.write(0, 1, 0);
  expect([levels, device.port.read(0, 1)]).toEqual([[true, false], 0xff]);
  device.raise();
  device.heed();
  device.raise();
  expect(levels).toEqual([true, false, true]);
});
