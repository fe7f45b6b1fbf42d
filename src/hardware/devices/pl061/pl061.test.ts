import { describe, expect, it } from "vitest";
import { Pl061 } from "./pl061.ts";
import { Offset } from "./registers.ts";

describe("Pl061", () => {
  it("reports both edges of the power key", () => {
    let level = false;
    const gpio = new Pl061({ set: (to) => (level = to) });
    gpio.write(Offset.IBE, 1, 8);
    gpio.write(Offset.IE, 1, 8);
    gpio.setInput(3, true);
    expect(level).toBe(true);
    expect(gpio.read(8 << 2, 1)).toBe(8);
    gpio.write(Offset.IC, 1, 8);
    expect(level).toBe(false);
    gpio.setInput(3, false);
    expect(gpio.read(Offset.MIS, 1)).toBe(8);
  });

  it("drives only outputs, through the address mask", () => {
    const gpio = new Pl061({ set: () => {} });
    gpio.write(Offset.DIR, 1, 0x0f);
    gpio.write(0x03 << 2, 1, 0xff);
    expect(gpio.read(0xff << 2, 1)).toBe(0x03);
    gpio.setInput(0, false);
    expect(gpio.read(0xff << 2, 1)).toBe(0x03);
  });
});
