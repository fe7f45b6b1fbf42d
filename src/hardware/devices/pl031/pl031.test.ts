import { describe, expect, it } from "vitest";
import { HandClock } from "../../testing/hand-clock.ts";
import { Pl031 } from "./pl031.ts";
import { Offset } from "./registers.ts";

describe("Pl031", () => {
  it("counts virtual seconds and rings at the match", () => {
    let level = false;
    const clock = new HandClock();
    const rtc = new Pl031(clock, { set: (to) => (level = to) });
    rtc.setBase(1_700_000_000.9);
    clock.now = 2_500_000_000;
    expect(rtc.read(Offset.DR, 4)).toBe(1_700_000_002);
    rtc.write(Offset.IMSC, 4, 1);
    rtc.write(Offset.MR, 4, 1_700_000_005);
    expect(clock.deadline).toBe(5e9);
    clock.advanceTo(5e9);
    expect(level).toBe(true);
    expect(clock.deadline).toBeUndefined();
    rtc.write(Offset.ICR, 4, 1);
    expect(level).toBe(false);
    rtc.write(Offset.LR, 4, 100);
    clock.now = 6e9;
    expect(rtc.read(Offset.DR, 4)).toBe(101);
    rtc.reset();
    expect(rtc.read(Offset.DR, 4)).toBe(101);
  });
});
