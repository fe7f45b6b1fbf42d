import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../../base/index.ts";
import { HandClock } from "../../testing/hand-clock.ts";
import { ArmTimer } from "./arm-timer.ts";
import { TimerRegister } from "./registers.ts";

function build() {
  const clock = new HandClock();
  const levels = { physical: false, virtual: false };
  const timer = new ArmTimer(
    clock,
    { set: (level) => (levels.physical = level) },
    { set: (level) => (levels.virtual = level) },
  );
  return { clock, levels, timer };
}

const { CNTP_CTL, CNTP_CVAL, CNTP_TVAL, CNTV_CTL, CNTV_CVAL, CNTV_TVAL } = TimerRegister;

describe("ArmTimer", () => {
  it("counts at 62.5 MHz", () => {
    const { clock, timer } = build();
    clock.now = 1_000_000_015;
    expect(timer.counter()).toBe(62_500_000n);
  });

  it("fires at the compare value, not a nanosecond earlier", () => {
    const { clock, levels, timer } = build();
    timer.write(CNTV_CVAL, 1000n);
    timer.write(CNTV_CTL, 1n);
    clock.advanceTo(15_999);
    expect(levels).toEqual({ physical: false, virtual: false });
    expect(timer.read(CNTV_CTL)).toBe(1n);
    clock.advanceTo(16_000);
    expect(levels).toEqual({ physical: false, virtual: true });
    expect(timer.read(CNTV_CTL)).toBe(5n);
    timer.write(CNTV_CTL, 3n);
    expect(levels.virtual).toBe(false);
    expect(timer.read(CNTV_CTL)).toBe(7n);
    timer.write(CNTV_CTL, 1n);
    expect(levels.virtual).toBe(true);
    timer.write(CNTV_CTL, 0n);
    expect(timer.read(CNTV_CTL)).toBe(0n);
    expect(levels.virtual).toBe(false);
  });

  it("takes and gives TVAL as a signed distance", () => {
    const { clock, timer } = build();
    clock.now = 1600;
    timer.write(CNTP_TVAL, 0xffff_fffen);
    expect(timer.read(CNTP_CVAL)).toBe(98n);
    expect(timer.read(CNTP_TVAL)).toBe(0xffff_fffen);
    timer.write(CNTV_TVAL, 10n);
    expect(timer.read(CNTV_CVAL)).toBe(110n);
    clock.now = 0;
    timer.write(CNTP_TVAL, 0x8000_0000n);
    expect(timer.read(CNTP_CVAL)).toBe(2n ** 64n - 2n ** 31n);
  });

  it("asks for no deadline while masked, off, fired, or beyond time", () => {
    const { clock, timer } = build();
    timer.write(CNTP_CVAL, 100n);
    expect(clock.deadlines.size).toBe(0);
    timer.write(CNTP_CTL, 3n);
    expect(clock.deadlines.size).toBe(0);
    timer.write(CNTP_CTL, 1n);
    expect([...clock.deadlines.values()]).toEqual([1600]);
    timer.write(CNTP_CVAL, 2n ** 64n - 1n);
    expect(clock.deadlines.size).toBe(0);
    timer.write(CNTP_CVAL, 0n);
    expect(clock.deadlines.size).toBe(0);
  });

  it("asks again for its deadline after a load", () => {
    const { timer } = build();
    timer.write(CNTV_CVAL, 50n);
    timer.write(CNTV_CTL, 1n);
    const to = new ByteWriter();
    timer.save(to);
    const other = build();
    other.timer.load(new ByteReader(to.finish()));
    other.clock.advanceTo(800);
    expect(other.levels.virtual).toBe(true);
  });
});
