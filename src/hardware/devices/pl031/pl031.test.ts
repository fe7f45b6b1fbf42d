import { describe, expect, it } from "vitest";
import type { Timer } from "../../clock.ts";
import { Pl031 } from "./pl031.ts";
import { Offset } from "./registers.ts";

describe("Pl031", () => {
  it("counts virtual seconds and rings at the match", () => {
    let now = 0;
    let pending: { timer: Timer; deadlineNs: number } | undefined;
    let level = false;
    const clock = {
      nowNs: () => now,
      position: () => 0,
      setDeadline: (timer: Timer, deadlineNs: number | undefined) =>
        void (pending = deadlineNs === undefined ? undefined : { timer, deadlineNs }),
    };
    const rtc = new Pl031(clock, { set: (to) => (level = to) });
    rtc.setBase(1_700_000_000.9);
    now = 2_500_000_000;
    expect(rtc.read(Offset.DR, 4)).toBe(1_700_000_002);
    rtc.write(Offset.IMSC, 4, 1);
    rtc.write(Offset.MR, 4, 1_700_000_005);
    expect(pending?.deadlineNs).toBe(5e9);
    now = 5e9;
    pending!.timer.expire();
    expect(level).toBe(true);
    expect(pending).toBeUndefined();
    rtc.write(Offset.ICR, 4, 1);
    expect(level).toBe(false);
    rtc.write(Offset.LR, 4, 100);
    now = 6e9;
    expect(rtc.read(Offset.DR, 4)).toBe(101);
    rtc.reset();
    expect(rtc.read(Offset.DR, 4)).toBe(101);
  });
});
