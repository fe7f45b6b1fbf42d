import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../../base/index.ts";
import type { Timer } from "../../clock.ts";
import { ArmPmu } from "./arm-pmu.ts";

function build(instructionNs = 1) {
  const seen = { level: false, deadline: undefined as number | undefined, due: 0 };
  let timer: Timer | undefined;
  const clock = {
    nowNs: () => 1000,
    position: () => 0,
    setDeadline: (asked: Timer, deadlineNs: number | undefined) => {
      timer = asked;
      seen.deadline = deadlineNs;
    },
  };
  const pmu = new ArmPmu(clock, { set: (level) => (seen.level = level) }, instructionNs, () => seen.due++);
  return { pmu, seen, expire: () => timer!.expire() };
}

describe("ArmPmu", () => {
  it("asks for the nearer of the next overflows", () => {
    const { pmu, seen } = build();
    pmu.changed(false, 50, 70);
    expect(seen).toEqual({ level: false, deadline: 1050, due: 0 });
    pmu.changed(true, undefined, 70);
    expect(seen).toEqual({ level: true, deadline: 1070, due: 0 });
    pmu.changed(true, undefined, undefined);
    expect(seen.deadline).toBeUndefined();
  });

  it("knows how long instructions take", () => {
    const { pmu, seen } = build(8);
    pmu.changed(false, 900, 100);
    expect(seen.deadline).toBe(1800);
  });

  it("asks for nothing beyond time", () => {
    const { pmu, seen } = build();
    pmu.changed(false, 2 ** 53, undefined);
    expect(seen.deadline).toBeUndefined();
  });

  it("has the counters looked at when they are due, after a load, too", () => {
    const { pmu } = build();
    pmu.changed(false, 5, undefined);
    const to = new ByteWriter();
    pmu.save(to);
    const other = build();
    other.pmu.load(new ByteReader(to.finish()));
    expect(other.seen.deadline).toBe(1005);
    other.expire();
    expect(other.seen.due).toBe(1);
  });
});
