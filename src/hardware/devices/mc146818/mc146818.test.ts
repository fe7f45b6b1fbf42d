import { describe, expect, it } from "vitest";
import { HandClock } from "../../testing/hand-clock.ts";
import { Mc146818 } from "./mc146818.ts";
import { pcCmos } from "./pc-cmos.ts";

const POWER_ON = Date.UTC(2024, 1, 28, 23, 59, 58) / 1000;

function build() {
  const wire = { level: false };
  const clock = new HandClock();
  const rtc = new Mc146818(clock, { set: (level) => (wire.level = level) });
  rtc.setTime(POWER_ON + 0.7);
  const read = (index: number): number => {
    rtc.write(0, 1, index);
    return rtc.read(1, 1);
  };
  return {
    ...{ wire, clock, rtc, read },
    write(index: number, value: number): void {
      rtc.write(0, 1, index);
      rtc.write(1, 1, value);
    },
    /** Year of four digits to second. */
    time: (): number[] => [0x32, 9, 8, 7, 4, 2, 0].map(read),
  };
}

describe("Mc146818", () => {
  it("counts virtual seconds from power-on, through leap days, and over a reset", () => {
    const { time, clock, rtc, read } = build();
    expect([rtc.read(0, 1), read(0x0a), read(0x0b), read(0x0d)]).toEqual([0xff, 0x26, 2, 0x80]);
    expect(time()).toEqual([0x20, 0x24, 2, 0x28, 0x23, 0x59, 0x58]);
    clock.advanceTo(2e9);
    expect(time()).toEqual([0x20, 0x24, 2, 0x29, 0, 0, 0]);
    rtc.reset();
    clock.advanceTo(2e9 + 86_400e9);
    expect([...time(), read(6), read(0x37)]).toEqual([0x20, 0x24, 3, 1, 0, 0, 0, 6, 0x20]);
  });

  it("has hours to 12, and binary numbers", () => {
    const { time, read, write, clock } = build();
    write(0x0b, 0x04);
    clock.advanceTo(3e9);
    expect(time()).toEqual([20, 24, 2, 29, 12, 0, 1]);
    write(4, 0x80 | 1);
    expect(read(4)).toBe(0x81);
    write(0x0b, 2);
    expect([read(4), read(2)]).toEqual([0x13, 0]);
  });

  it("stands while it is set, and begins half a second after its divider", () => {
    const { time, read, write, clock } = build();
    write(0x0b, 0x82);
    clock.advanceTo(5e9);
    for (const [index, value] of [[0x32, 0x19], [9, 0x99], [8, 0x12], [7, 0x31], [4, 0x23], [2, 0x59], [0, 0x59]] as const) write(index, value); // prettier-ignore
    expect([time(), read(0x0a)]).toEqual([[0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59], 0x26]);
    write(0x0b, 2);
    write(0x0a, 0x76);
    clock.advanceTo(7e9);
    expect(read(0)).toBe(0x59);
    write(0x0a, 0x26);
    clock.advanceTo(7.499e9);
    expect(read(0)).toBe(0x59);
    clock.advanceTo(7.5e9);
    expect(time()).toEqual([0x20, 0, 1, 1, 0, 0, 0]);
  });

  it("is in an update for the last 244 µs of a second", () => {
    const { read, clock } = build();
    clock.advanceTo(1e9 - 244_141);
    expect(read(0x0a)).toBe(0x26);
    clock.advanceTo(1e9 - 244_140);
    expect(read(0x0a)).toBe(0xa6);
    clock.advanceTo(1e9);
    expect(read(0x0a)).toBe(0x26);
  });

  it("interrupts at the end of an update, and when the alarm matches", () => {
    const { read, write, clock, wire } = build();
    write(0x0b, 0x12);
    clock.advanceTo(1e9);
    expect([wire.level, read(0x0c), wire.level, read(0x0c)]).toEqual([true, 0x90, false, 0]);
    write(0x0b, 0x22);
    write(1, 0x05);
    write(3, 0xff);
    write(5, 0xc0);
    clock.advanceTo(6.9e9);
    expect([wire.level, read(0x0c)]).toEqual([false, 0x10]);
    clock.advanceTo(7e9);
    expect([wire.level, read(0x0c)]).toEqual([true, 0xb0]);
    // Enabled after it has happened.
    clock.advanceTo(8e9);
    write(0x0b, 0x12);
    expect(wire.level).toBe(true);
  });

  it("interrupts periodically, by whole ticks of its oscillator", () => {
    const { read, write, clock, wire } = build();
    write(0x0b, 0x42);
    expect(clock.deadline).toBe(976_563);
    clock.advanceTo(976_563);
    expect([wire.level, read(0x0c), clock.deadline]).toEqual([true, 0xc0, 1_953_126]);
    // A longer period counts from the last tick.
    clock.advanceTo(1_200_000);
    write(0x0a, 0x27);
    expect(clock.deadline).toBe(976_562 + 1_953_125 + 1);
    write(0x0a, 0x20);
    expect(clock.deadline).toBe(1e9);
  });

  it("takes any time that is set, and has no alarm that never rings in the past", () => {
    const { write, clock, read } = build();
    write(0x0b, 0x86);
    for (let index = 0; index < 10; index++) write(index, 0xbf);
    write(0x32, 0xbf);
    expect(clock.deadline).toBeGreaterThan(0);
    write(0x0b, 6);
    clock.advanceTo(1e12);
    expect(read(0)).toBeLessThan(60);
  });

  it("keeps CMOS bytes over a reset, but for what ends with it", () => {
    const { rtc, read, write } = build();
    rtc.fill(pcCmos({ ramBelow4g: 2 ** 26, ramAbove4g: 0, cpus: 2, boot: "n", floppies: 0 }));
    write(0x0f, 5);
    write(0x0b, 0x7e);
    write(0x50, 0x12);
    rtc.reset();
    expect([0x0f, 0x0b, 0x50, 0x5f, 0x3d, 0x34].map(read)).toEqual([0, 0x16, 0x12, 1, 4, 0]);
    write(0x0f, 0xfe);
    rtc.reset();
    expect(read(0x0f)).toBe(0xfe);
  });
});
