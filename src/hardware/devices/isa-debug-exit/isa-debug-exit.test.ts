import { expect, it } from "vitest";
import { IsaDebugExit } from "./isa-debug-exit.ts";

it("IsaDebugExit ends with twice the value and one", () => {
  const codes: (number | undefined)[] = [];
  const device: IsaDebugExit = new IsaDebugExit(() => codes.push(device.code));
  device.reset();
  expect(device.code).toBeUndefined();
  device.write(0, 1, 0);
  device.write(0, 2, 0x2a);
  device.write(0, 4, 0xffff_ffff);
  expect([codes, device.read()]).toEqual([[1, 85, 255], 0]);
});
