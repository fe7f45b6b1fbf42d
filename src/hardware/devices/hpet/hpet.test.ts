import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../base/index.ts";
import { HandClock } from "../../testing/hand-clock.ts";
import { stateBytes } from "../../testing/sample.ts";
import { Hpet } from "./hpet.ts";

const CONFIGURATION = 0x10;
const STATUS = 0x20;
const COUNTER = 0xf0;
const TIMER = 0x100;
const COMPARATOR = 0x108;

function build() {
  const clock = new HandClock();
  const edges: string[] = [];
  const lines = Array.from({ length: 24 }, (_, n) => ({
    set: (level: boolean) => edges.push(`${level ? "+" : "-"}${n}`),
  }));
  const hpet = new Hpet(clock, {
    lines,
    intervalTimer: { set: (level) => edges.push(level ? "pit on" : "pit off") },
    message: (address, data) => edges.push(`${address.toString(16)} ${data}`),
  });
  return {
    ...{ hpet, clock, edges },
    read: (offset: number): number => hpet.read(offset, 4),
    write: (offset: number, value: number): void => hpet.write(offset, 4, value),
    /** What has been driven since it was asked last. */
    driven: (): string => edges.splice(0).join(" "),
  };
}

describe("Hpet", () => {
  it("counts in steps of 10 ns while it is enabled, from what was written", () => {
    const { clock, read, write } = build();
    write(COUNTER, 0xffff_fffe);
    write(COUNTER + 4, 1);
    clock.now = 1005;
    write(CONFIGURATION, 1);
    clock.now += 39;
    expect([read(COUNTER), read(COUNTER + 4)]).toEqual([1, 2]);
    write(CONFIGURATION, 0);
    clock.now += 1000;
    expect([read(COUNTER), read(COUNTER + 4)]).toEqual([1, 2]);
  });

  it("counts on beyond what a number holds exactly", () => {
    const { clock, read, write } = build();
    write(COUNTER + 4, 0x0100_0000);
    write(CONFIGURATION, 1);
    clock.now = 50;
    expect([read(COUNTER), read(COUNTER + 4)]).toEqual([5, 0x0100_0000]);
  });

  it("begins no timer while the counter stands: a periodic comparator stays where it is", () => {
    const { clock, read, write } = build();
    write(TIMER, 0xb2e);
    write(COMPARATOR, 1000);
    clock.advanceTo(1_000_000);
    expect(read(COMPARATOR)).toBe(0xffff_ffff);
  });

  it("interrupts once by an edge, or by a level until its status is cleared", () => {
    const { clock, read, write, driven } = build();
    write(CONFIGURATION, 1);
    write(TIMER, 4 | (5 << 9));
    write(COMPARATOR, 100);
    write(COMPARATOR + 4, 0);
    expect(clock.deadline).toBe(1000);
    driven();
    clock.advanceTo(1000);
    expect([driven(), clock.deadline]).toEqual(["+5 -5", undefined]);
    write(TIMER, 6 | (5 << 9));
    write(COMPARATOR, 150);
    clock.advanceTo(1500);
    expect([driven(), read(STATUS)]).toEqual(["+5", 1]);
    write(STATUS, 1);
    expect([driven(), read(STATUS)]).toEqual(["-5", 0]);
  });

  it("is periodic, from a comparator that is set beside the period, and after a load", () => {
    const { hpet, clock, read, write } = build();
    write(TIMER, 0x4c);
    write(COMPARATOR + 4, 0);
    write(TIMER, 0x4c);
    write(COMPARATOR, 30);
    write(COMPARATOR, 20);
    write(CONFIGURATION, 1);
    expect([clock.deadline, read(TIMER)]).toEqual([300, 0x3c]);
    clock.advanceTo(301);
    clock.advanceTo(311);
    const other = build();
    other.hpet.load(new ByteReader(stateBytes(hpet)));
    expect(other.clock.deadline).toBe(clock.deadline);
  });

  it("moves a periodic comparator that is far behind at once", () => {
    const { clock, read, write } = build();
    write(TIMER, 0x4c);
    write(COMPARATOR, 1);
    write(COMPARATOR + 4, 0);
    write(COUNTER + 4, 0x10_0000);
    write(CONFIGURATION, 1);
    clock.advanceTo(10);
    expect(read(COMPARATOR + 4)).toBe(0x10_0000);
  });

  it("stands in for the interval timer and the clock", () => {
    const { hpet, clock, write, driven } = build();
    hpet.intervalTimer.set(true);
    hpet.clockInterrupt.set(true);
    expect(driven()).toBe("+0 +8");
    write(CONFIGURATION, 3);
    expect(driven()).toBe("-0 pit off -8");
    hpet.intervalTimer.set(true);
    hpet.clockInterrupt.set(true);
    write(TIMER, 4);
    write(COMPARATOR, 10);
    write(COMPARATOR + 4, 0);
    clock.advanceTo(100);
    expect(driven()).toBe("+0 -0");
    write(CONFIGURATION, 0);
    expect(driven()).toMatch(/pit on \+8$/);
  });

  it("has registers of 4 bytes, and three timers", () => {
    const { hpet, read } = build();
    expect([read(0), read(4), read(0x104), read(0x160)]).toEqual([0x8086_a201, 10_000_000, 4, 0]);
    expect([hpet.read(0, 2), hpet.read(0, 1)]).toEqual([0, 0]);
  });
});
