import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../base/index.ts";
import { HandClock } from "../../testing/hand-clock.ts";
import { stateBytes } from "../../testing/sample.ts";
import { Piix4Pm } from "./piix4-pm.ts";
import { Event, Offset } from "./registers.ts";

function build() {
  const clock = new HandClock();
  const seen = { sci: false, off: 0, suspended: 0, stopped: 0, woken: 0 };
  const pm = new Piix4Pm(clock, {
    sci: { set: (level) => (seen.sci = level) },
    off: () => seen.off++,
    suspend: () => seen.suspended++,
    stop: () => seen.stopped++,
    wake: () => seen.woken++,
  });
  return {
    ...{ pm, clock, seen },
    read: (offset: number, size: 1 | 2 | 4 = 2): number => pm.ports.read(offset, size),
    write: (offset: number, value: number): void => pm.ports.write(offset, 2, value),
  };
}

describe("Piix4Pm", () => {
  it("counts 3,579,545 times a second, in 24 bits", () => {
    const { clock, read } = build();
    clock.now = 1e9;
    expect(read(Offset.TIMER, 4)).toBe(3_579_545);
    clock.now = 5e9;
    expect(read(Offset.TIMER, 4)).toBe((5 * 3_579_545) % 2 ** 24);
  });

  it("interrupts when the timer's upper bit changes, once it has been told so", () => {
    const { pm, clock, read, write, seen } = build();
    expect(read(Offset.STATUS)).toBe(Event.TIMER);
    clock.now = 1e9;
    write(Offset.ENABLE, Event.TIMER);
    expect([seen.sci, clock.deadline]).toEqual([true, undefined]);
    write(Offset.STATUS, Event.TIMER);
    expect([seen.sci, read(Offset.STATUS)]).toEqual([false, 0]);
    const other = build();
    other.pm.load(new ByteReader(stateBytes(pm)));
    const overflow = clock.deadline!;
    expect(other.clock.deadline).toBe(overflow);
    clock.now = overflow - 1;
    expect(read(Offset.TIMER, 4)).toBe(0x7f_ffff);
    clock.advanceTo(overflow);
    expect([read(Offset.TIMER, 4), seen.sci, clock.deadline]).toEqual([0x80_0000, true, undefined]);
  });

  it("has a power button for those who want to know", () => {
    const { pm, write, read, seen } = build();
    pm.powerButton();
    expect(read(Offset.STATUS) & Event.POWER_BUTTON).toBe(0);
    write(Offset.ENABLE, Event.POWER_BUTTON);
    pm.powerButton();
    expect([seen.sci, read(Offset.STATUS) & Event.POWER_BUTTON]).toEqual([true, Event.POWER_BUTTON]);
    write(Offset.STATUS, Event.POWER_BUTTON);
    expect(seen.sci).toBe(false);
  });

  it("wakes by the clock's alarm if that is enabled, and says so after the reset; stays asleep over a load", () => {
    const { pm, write, read, seen } = build();
    write(Offset.ENABLE, Event.CLOCK);
    pm.alarm();
    expect(seen.woken).toBe(0);
    write(Offset.CONTROL, 0x2401);
    const other = build();
    other.pm.load(new ByteReader(stateBytes(pm)));
    expect([seen.stopped, other.seen.stopped]).toEqual([1, 1]);
    pm.alarm();
    expect(seen.woken).toBe(1);
    pm.reset();
    expect([pm.suspended, read(Offset.STATUS) & ~Event.TIMER]).toEqual([false, Event.WAKE | Event.CLOCK]);
    pm.reset();
    expect(read(Offset.STATUS) & ~Event.TIMER).toBe(0);
  });

  it("is woken from outside, as by its power button, but not while it is awake", () => {
    const { pm, write, read, seen } = build();
    pm.wakeUp();
    expect(seen.woken).toBe(0);
    write(Offset.CONTROL, 0x2401);
    pm.wakeUp();
    expect(seen.woken).toBe(1);
    pm.reset();
    expect(read(Offset.STATUS) & ~Event.TIMER).toBe(Event.WAKE | Event.POWER_BUTTON);
  });

  it.each([
    [0x2001, { off: 1, suspended: 0 }],
    [0x2401, { off: 0, suspended: 1 }],
    [0x2801, { off: 1, suspended: 0 }],
    [0x2c01, { off: 0, suspended: 0 }],
    [0x0001, { off: 0, suspended: 0 }],
  ])("sleeps by %x", (value, expected) => {
    const { write, read, seen } = build();
    write(Offset.CONTROL, value);
    expect(seen).toMatchObject(expected);
    expect(read(Offset.CONTROL)).toBe(value & ~0x2000);
  });
});
