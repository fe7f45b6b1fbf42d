import { describe, expect, it } from "vitest";
import { I8042 } from "./i8042.ts";

function build() {
  const seen = { keyboard: false, mouse: false, a20: true, resets: 0 };
  const device = new I8042({
    keyboard: { set: (level) => (seen.keyboard = level) },
    mouse: { set: (level) => (seen.mouse = level) },
    a20: { set: (level) => (seen.a20 = level) },
    requestReset: () => seen.resets++,
  });
  const command = (...bytes: number[]): void => bytes.forEach((byte) => device.command.write(0, 1, byte));
  const write = (...bytes: number[]): void => bytes.forEach((byte) => device.data.write(0, 1, byte));
  return {
    ...{ device, seen, command, write },
    status: (): number => device.command.read(0, 1),
    /** All that waits. */
    read(): number[] {
      const bytes: number[] = [];
      while (device.command.read(0, 1) & 1) bytes.push(device.data.read(0, 1));
      return bytes;
    },
    mouse(...bytes: number[]): void {
      for (const byte of bytes) {
        command(0xd4);
        write(byte);
      }
    },
  };
}

describe("I8042", () => {
  it("tests itself and its interfaces, and has a mode that is written and read", () => {
    const { command, write, read, status } = build();
    expect(status()).toBe(0x18);
    command(0xaa);
    expect([status(), read(), status()]).toEqual([0x1d, [0x55], 0x1c]);
    for (const test of [0xa9, 0xab]) {
      command(test);
      expect(read()).toEqual([0]);
    }
    command(0x60);
    write(0x61);
    command(0x20);
    expect(read()).toEqual([0x61]);
    command(0xa8, 0xad, 0x20);
    expect(read()).toEqual([0x51]);
  });

  it("has a keyboard: reset, identification, LEDs, scan code sets", () => {
    const { write, read, command, seen } = build();
    write(0xff);
    expect([seen.keyboard, read(), seen.keyboard]).toEqual([true, [0xfa, 0xaa], false]);
    write(0xf2);
    expect(read()).toEqual([0xfa, 0xab, 0x83]);
    write(0xed, 7, 0xee);
    expect(read()).toEqual([0xee]);
    write(0xf0, 0);
    expect(read()).toEqual([0xfa, 2]);
    write(0xf0, 1, 0xf0, 0);
    expect(read()).toEqual([0xfa, 1]);
    write(0xf0, 9);
    expect(read()).toEqual([0xfe]);
    command(0x60);
    write(0x41);
    write(0xf2);
    expect(read()).toEqual([0xfa, 0xab, 0x41]);
    write(0x77);
    expect(read()).toEqual([0xfe]);
  });

  it("has a mouse with a wheel for who asks for it", () => {
    const { mouse, read, status, seen } = build();
    mouse(0xff);
    expect([seen.mouse, seen.keyboard, status() & 0x21, read(), seen.mouse]).toEqual([true, false, 0x21, [0xfa, 0xaa, 0], false]); // prettier-ignore
    mouse(0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf2);
    expect(read().slice(-2)).toEqual([0xfa, 3]);
    mouse(0xf3, 200, 0xf3, 200, 0xf3, 80, 0xf2);
    expect(read().slice(-2)).toEqual([0xfa, 4]);
    mouse(0xe8, 3, 0xe7, 0xf4, 0xe9);
    expect(read().slice(-4)).toEqual([0xfa, 0x30, 3, 80]);
    mouse(0xeb);
    expect(read()).toEqual([0xfa, 8, 0, 0, 0]);
    mouse(0xee, 0x12, 0xec);
    expect(read()).toEqual([0xfa, 0x12, 0xfa]);
  });

  it("keeps what a disabled interface has until it is enabled", () => {
    const { command, write, read, status, mouse } = build();
    write(0xee);
    command(0xad);
    expect(read()).toEqual([0xee]);
    command(0xd3);
    write(0x42);
    expect([status() & 0x21, read()]).toEqual([0x21, [0x42]]);
    command(0x60);
    write(0x33);
    mouse(0xf4);
    expect(read()).toEqual([0xfa]);
  });

  it("drives A20 and the reset line", () => {
    const { command, write, read, seen } = build();
    command(0xd0);
    expect(read()).toEqual([0xcf]);
    command(0xd1);
    write(0xdd);
    expect(seen.a20).toBe(false);
    command(0xdf);
    expect([seen.a20, seen.resets]).toEqual([true, 0]);
    command(0xff, 0xf1);
    expect(seen.resets).toBe(0);
    command(0xfe);
    command(0xd1);
    write(0xde);
    expect(seen.resets).toBe(2);
  });

  it("is as at power-on after a reset", () => {
    const { device, write, seen, status, read, command } = build();
    command(0xdd);
    write(0xff);
    device.reset();
    expect([seen.keyboard, seen.a20, status(), read()]).toEqual([false, true, 0x18, []]);
  });
});
