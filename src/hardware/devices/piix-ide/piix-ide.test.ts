import { describe, expect, it } from "vitest";
import { PiixIde } from "./piix-ide.ts";

function build() {
  const irqs = [false, false];
  const line = (which: 0 | 1) => ({ set: (level: boolean) => void (irqs[which] = level) });
  return { ide: new PiixIde([line(0), line(1)]), irqs };
}

describe("PiixIde", () => {
  it("has no drive: registers that are written read as 0", () => {
    const { ide } = build();
    for (let register = 0; register < 7; register++) {
      ide.commands[0].write(register, 1, 0x55);
      expect(ide.commands[0].read(register, 1)).toBe(0);
    }
    expect([ide.controls[1].read(0, 1), ide.commands[1].read(0, 4), ide.commands[1].read(7, 2)]).toEqual([
      0, 0, 0xff00,
    ]);
  });

  it("fails the first drive's commands with an interrupt, until the status is read", () => {
    const { ide, irqs } = build();
    ide.commands[1].write(7, 1, 0xec);
    expect([irqs, ide.busMaster.read(10, 1)]).toEqual([[false, true], 4]);
    expect([ide.commands[1].read(7, 1), irqs[1]]).toEqual([0, false]);
    ide.commands[1].write(6, 1, 0xb0);
    ide.commands[1].write(7, 1, 0xec);
    ide.commands[1].write(6, 1, 0xa0);
    ide.controls[1].write(0, 1, 2);
    ide.commands[1].write(7, 1, 0xec);
    expect(irqs[1]).toBe(false);
    ide.busMaster.write(10, 1, 4);
    expect(ide.busMaster.read(10, 1)).toBe(0);
  });

  it("keeps what its bus masters are told", () => {
    const { ide } = build();
    ide.busMaster.write(4, 4, 0x1234_5677);
    ide.busMaster.write(0, 1, 0xff);
    expect([ide.busMaster.read(4, 4), ide.busMaster.read(6, 2), ide.busMaster.read(0, 1), ide.busMaster.read(2, 1)]).toEqual([0x1234_5674, 0x1234, 9, 1]); // prettier-ignore
    ide.busMaster.write(0, 1, 8);
    expect([ide.busMaster.read(2, 1), ide.busMaster.read(1, 1), ide.busMaster.read(0, 2)]).toEqual([0, 0xff, 0xffff]);
  });
});
