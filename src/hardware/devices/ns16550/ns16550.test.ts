import { describe, expect, it } from "vitest";
import { HandClock } from "../../testing/hand-clock.ts";
import { Ns16550 } from "./ns16550.ts";

function build() {
  const sent: number[] = [];
  const wire = { level: false, rises: 0 };
  const clock = new HandClock();
  const line = {
    set(level: boolean): void {
      if (level && !wire.level) wire.rises++;
      wire.level = level;
    },
  };
  const uart = new Ns16550(clock, line, (bytes) => void sent.push(...bytes));
  return {
    ...{ sent, wire, clock, uart },
    read: (register: number): number => uart.read(register, 1),
    write: (register: number, value: number): void => uart.write(register, 1, value),
    receive: (...bytes: number[]): void => uart.receive(Uint8Array.from(bytes)),
  };
}

describe("Ns16550", () => {
  it("is as QEMU's at power-on: 9600 baud, OUT2, both transmitters empty, the modem there", () => {
    const { read, write } = build();
    expect([1, 2, 3, 4, 5, 6, 7].map(read)).toEqual([0, 1, 0, 8, 0x60, 0xb0, 0]);
    write(3, 0x83);
    expect([read(0), read(1)]).toEqual([12, 0]);
  });

  it("sends at once, each byte with an edge, until the identification is read", () => {
    const { read, write, wire, sent } = build();
    write(1, 2);
    expect([wire.level, read(2), wire.level, read(2)]).toEqual([true, 2, false, 1]);
    write(0, 0x41);
    write(0, 0x42);
    expect([sent, wire.rises, read(5)]).toEqual([[0x41, 0x42], 3, 0x60]);
  });

  it("asks the host for nothing before someone listens", () => {
    const { uart, read, write, receive } = build();
    expect(uart.room()).toBe(0);
    for (let look = 0; look < 16; look++) read(5);
    expect(uart.room()).toBe(1);
    write(0, 0);
    expect(uart.room()).toBe(0);
    write(1, 1);
    expect(uart.room()).toBe(1);
    receive(0x61);
    expect([uart.room(), read(2), read(5), read(0), read(5)]).toEqual([0, 4, 0x61, 0x61, 0x60]);
    write(4, 0x10);
    expect(uart.room()).toBe(0);
  });

  it("interrupts at the trigger level, or when bytes have waited for four characters", () => {
    const { uart, read, write, receive, wire, clock } = build();
    write(3, 0x83);
    write(0, 1);
    write(3, 3);
    write(2, 0x41);
    write(1, 1);
    expect(uart.room()).toBe(4);
    receive(1, 2, 3);
    expect([uart.room(), wire.level, read(2)]).toEqual([1, false, 0xc1]);
    // 10 bits at 115,200 baud, in single precision.
    expect(clock.deadline).toBe(4 * 86_805);
    clock.advanceTo(4 * 86_805);
    expect([wire.level, read(2)]).toEqual([true, 0xcc]);
    expect([read(0), wire.level, clock.deadline]).toEqual([1, false, 8 * 86_805]);
    receive(4, 5);
    expect([uart.room(), read(2)]).toEqual([0, 0xc4]);
    expect([2, 3, 4, 5].map(() => read(0))).toEqual([2, 3, 4, 5]);
    clock.advanceTo(1e9);
    expect([wire.level, read(2)]).toEqual([false, 0xc1]);
  });

  it("receives a BREAK as a 0 with its flag, and one byte too many as an overrun", () => {
    const { uart, read, write, receive } = build();
    write(1, 5);
    uart.receiveBreak();
    expect([read(2), read(5), read(2), read(0), read(5)]).toEqual([6, 0x71, 4, 0, 0x60]);
    receive(1);
    receive(2);
    expect([read(5), read(0)]).toEqual([0x63, 2]);
    write(2, 1);
    receive(...Array.from({ length: 17 }, (_, n) => n));
    expect([read(5), read(0), uart.room()]).toEqual([0x63, 0, 1]);
  });

  it("loops back bytes and modem lines", () => {
    const { read, write, sent } = build();
    write(4, 0x1f);
    write(0, 0x55);
    expect([read(5), read(0), read(6), sent]).toEqual([0x61, 0x55, 0xf0, []]);
    write(4, 0x12);
    expect(read(6)).toBe(0x10);
  });

  it("clears its FIFOs when they are turned on or off, or told to", () => {
    const { read, write, receive } = build();
    receive(1);
    write(2, 1);
    expect([read(5), read(0)]).toEqual([0x60, 0]);
    receive(1, 2);
    write(2, 3);
    expect(read(5)).toBe(0x60);
    receive(1, 2);
    write(2, 0);
    expect([read(5), read(2)]).toEqual([0x60, 1]);
  });

  it("tells debuggers where a read changes something", () => {
    const { uart, write, receive } = build();
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((register) => uart.changesByRead(register)).filter(Boolean)).toHaveLength(1);
    write(1, 2);
    receive(1);
    receive(2);
    expect([uart.changesByRead(2), uart.changesByRead(5)]).toEqual([true, true]);
  });
});
