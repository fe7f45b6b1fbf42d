import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../base/index.ts";
import { HandClock } from "../../testing/hand-clock.ts";
import { stateBytes } from "../../testing/sample.ts";
import { INTEN, Offset, RESEN, UNLOCK } from "./registers.ts";
import { Sp805 } from "./sp805.ts";
import { nsOf, tickAt } from "./ticks.ts";

function build() {
  const clock = new HandClock();
  const seen = { level: false, bites: 0 };
  const watchdog = new Sp805(clock, { set: (level) => (seen.level = level) }, () => seen.bites++);
  return {
    ...{ watchdog, clock, seen },
    toTick: (tick: number): void => clock.advanceTo(nsOf(tick)),
    read: (offset: number): number => watchdog.read(offset, 4),
    write: (offset: number, value: number): void => watchdog.write(offset, 4, value),
    bytes: (): Uint8Array => stateBytes(watchdog),
  };
}

it("ticks at 24 MHz, without drift", () => {
  for (const tick of [0, 1, 2, 3, 1000, 24_000_001, 2 ** 47 + 1]) {
    expect(tickAt(nsOf(tick))).toBe(tick);
    if (tick > 0) expect(tickAt(nsOf(tick) - 1)).toBe(tick - 1);
  }
  expect(nsOf(24_000_000)).toBe(1e9);
});

describe("Sp805", () => {
  it("has the manual's registers at power-on, and identifies itself as Linux's bus of PrimeCells expects", () => {
    const { read, watchdog } = build();
    const { LOAD, VALUE, CONTROL, INTCLR, RIS, MIS, LOCK } = Offset;
    const values = [LOAD, VALUE, CONTROL, INTCLR, RIS, MIS, LOCK].map(read);
    expect(values).toEqual([0xffff_ffff, 0xffff_ffff, 0, 0, 0, 0, 0]);
    const word = (offset: number): number =>
      [0, 4, 8, 12].reduce((sum, at) => sum + read(offset + at) * 2 ** (2 * at), 0);
    expect([word(Offset.ID), word(Offset.ID + 16)]).toEqual([0x0014_1805, 0xb105_f00d]);
    expect(watchdog.changesByRead()).toBe(false);
  });

  it("counts down only while it is enabled, and begins anew when it is", () => {
    const { read, write, toTick, clock } = build();
    write(Offset.LOAD, 1000);
    toTick(100);
    expect([read(Offset.VALUE), clock.deadline]).toEqual([1000, undefined]);
    write(Offset.CONTROL, INTEN);
    expect(clock.deadline).toBe(nsOf(1100));
    toTick(400);
    expect(read(Offset.VALUE)).toBe(700);
    // No change of INTEN: no reload.
    write(Offset.CONTROL, INTEN | RESEN);
    expect(read(Offset.VALUE)).toBe(700);
    write(Offset.CONTROL, 0);
    toTick(5000);
    expect([read(Offset.VALUE), clock.deadline]).toEqual([700, undefined]);
    write(Offset.CONTROL, INTEN);
    expect(read(Offset.VALUE)).toBe(1000);
    toTick(5100);
    write(Offset.LOAD, 50);
    expect([read(Offset.VALUE), clock.deadline]).toEqual([50, nsOf(5150)]);
  });

  it("raises its interrupt at zero, not a nanosecond earlier, and counts again", () => {
    const { read, write, seen, toTick, clock } = build();
    write(Offset.LOAD, 10);
    write(Offset.CONTROL, INTEN);
    clock.advanceTo(nsOf(10) - 1);
    expect([read(Offset.VALUE), read(Offset.RIS), seen.level]).toEqual([1, 0, false]);
    clock.advanceTo(nsOf(10));
    expect([read(Offset.VALUE), read(Offset.RIS), read(Offset.MIS), seen.level]).toEqual([0, 1, 1, true]);
    toTick(11);
    expect(read(Offset.VALUE)).toBe(10);
    // Masked, it stays raised.
    write(Offset.CONTROL, 0);
    expect([read(Offset.RIS), read(Offset.MIS), seen.level]).toEqual([1, 0, false]);
    write(Offset.CONTROL, INTEN);
    expect(seen.level).toBe(true);
    toTick(15);
    write(Offset.INTCLR, 0);
    expect([read(Offset.VALUE), read(Offset.RIS), seen.level, clock.deadline]).toEqual([10, 0, false, nsOf(25)]);
  });

  it("asks for a reset at the second zero, where that is enabled and nobody has cleared the interrupt", () => {
    const { read, write, seen, toTick, clock } = build();
    write(Offset.LOAD, 10);
    write(Offset.CONTROL, INTEN | RESEN);
    for (let fed = 0; fed < 5; fed++) {
      toTick(15 * fed + 14);
      expect([read(Offset.RIS), seen.bites]).toEqual([1, 0]);
      toTick(15 * (fed + 1));
      write(Offset.INTCLR, 1);
    }
    toTick(75 + 10 + 10);
    expect(seen.bites).toBe(0);
    toTick(75 + 10 + 11);
    expect([seen.bites, read(Offset.VALUE), clock.deadline]).toEqual([1, 0, undefined]);
  });

  it("only keeps its interrupt raised without RESEN", () => {
    const { write, seen, toTick } = build();
    write(Offset.LOAD, 10);
    write(Offset.CONTROL, INTEN);
    toTick(1000);
    expect([seen.bites, seen.level]).toEqual([0, true]);
  });

  it("expires at once when it is loaded with zero", () => {
    const { read, write, seen, toTick, clock } = build();
    write(Offset.CONTROL, INTEN);
    toTick(7);
    write(Offset.LOAD, 0);
    expect(clock.deadline).toBe(clock.now);
    toTick(7);
    expect([read(Offset.VALUE), seen.level, clock.deadline]).toEqual([0, true, nsOf(8)]);
  });

  it("takes nothing while it is locked", () => {
    const { read, write } = build();
    write(Offset.LOCK, 1);
    expect(read(Offset.LOCK)).toBe(1);
    write(Offset.LOAD, 5);
    write(Offset.CONTROL, 3);
    expect([read(Offset.LOAD), read(Offset.CONTROL)]).toEqual([0xffff_ffff, 0]);
    write(Offset.LOCK, UNLOCK);
    write(Offset.LOAD, 5);
    expect([read(Offset.LOCK), read(Offset.LOAD)]).toEqual([0, 5]);
  });

  it("counts no further than time goes", () => {
    const { read, write, clock } = build();
    clock.now = Number.MAX_SAFE_INTEGER - 10;
    write(Offset.CONTROL, INTEN);
    expect([read(Offset.VALUE), clock.deadline]).toEqual([0xffff_ffff, undefined]);
  });

  it("goes on from its saved state, at whatever moment that is", () => {
    const script = (machine: ReturnType<typeof build>): void => {
      machine.write(Offset.LOAD, 10);
      machine.write(Offset.CONTROL, INTEN | RESEN);
    };
    for (let at = 0; at <= nsOf(22); at += 13) {
      const [whole, other] = [build(), build()];
      script(whole);
      whole.clock.advanceTo(at);
      other.clock.now = at;
      other.watchdog.load(new ByteReader(whole.bytes()));
      expect([other.read(Offset.VALUE), other.clock.deadline]).toEqual([
        whole.read(Offset.VALUE),
        whole.clock.deadline,
      ]);
      for (const each of [whole, other]) each.toTick(21);
      expect([other.bytes(), other.seen.bites]).toEqual([whole.bytes(), 1 - Number(at >= nsOf(21))]);
    }
  });

  it("is as at power-on after a reset, and shows debuggers its fields", () => {
    const { bytes, write, seen, toTick, watchdog, clock } = build();
    const fresh = bytes();
    write(Offset.LOAD, 240);
    write(Offset.CONTROL, INTEN | RESEN);
    write(Offset.LOCK, 0);
    toTick(240);
    const lines = ["top = 0x000000f0", "control = 0x03", "interrupt = yes", "locked = yes", "stoppedAt = 0x000000f0"];
    expect(watchdog.info()).toEqual([{ name: "sp805", lines: [...lines, `zeroNs = ${nsOf(481)}`] }]);
    expect(seen.level).toBe(true);
    watchdog.reset();
    expect([bytes(), seen.level, clock.deadline]).toEqual([fresh, false, undefined]);
  });
});
