import { describe, expect, it } from "vitest";
import type { Cpu } from "../engine/index.ts";
import { MachineClock } from "./clock.ts";

function build(clockShift = 0) {
  const cpu = { position: 0, idleNs: 0, clockShift, left: 0, leaveAfterStep: () => void cpu.left++ };
  const clock = new MachineClock(() => cpu as unknown as Cpu);
  const expired: string[] = [];
  const timer = (name: string) => ({ expire: () => void expired.push(`${name}@${clock.nowNs()}`) });
  return { clock, cpu, expired, timer };
}

describe("virtual time", () => {
  it("is the position in units of 2^shift ns, and what was idled away", () => {
    const { clock, cpu } = build(3);
    cpu.position = 100;
    cpu.idleNs = 7;
    expect([clock.nowNs(), clock.position()]).toEqual([807, 100]);
  });

  it("must stay a safe integer", () => {
    const { clock, cpu } = build(10);
    cpu.position = 2 ** 44;
    expect(() => clock.nowNs()).toThrow(/overflows/);
  });
});

describe("deadlines", () => {
  it("say the first position at which they have passed", () => {
    const { clock, cpu, timer } = build(3);
    expect([clock.nextNs, clock.nextPosition()]).toEqual([undefined, Infinity]);
    clock.setDeadline(timer("a"), 80);
    expect(clock.nextPosition()).toBe(10);
    clock.setDeadline(timer("b"), 79);
    expect([clock.nextNs, clock.nextPosition()]).toEqual([79, 10]);
    cpu.idleNs = 8;
    expect(clock.nextPosition()).toBe(9);
  });

  it("end the run in progress, which was planned without them", () => {
    const { clock, cpu, timer } = build();
    clock.setDeadline(timer("a"), 5);
    clock.setDeadline(timer("b"), undefined);
    expect(cpu.left).toBe(2);
  });

  it("expire once, at or after their time", () => {
    const { clock, cpu, expired, timer } = build();
    clock.setDeadline(timer("a"), 10);
    clock.setDeadline(timer("b"), 12);
    cpu.position = 9;
    clock.expire();
    expect(expired).toEqual([]);
    cpu.position = 10;
    clock.expire();
    clock.expire();
    expect(expired).toEqual(["a@10"]);
    cpu.position = 100;
    clock.expire();
    expect([expired, clock.nextNs]).toEqual([["a@10", "b@100"], undefined]);
  });

  it("are replaced and cancelled by their timer, also by one that expires together with it", () => {
    const { clock, cpu, expired, timer } = build();
    const second = timer("second");
    clock.setDeadline(
      {
        expire() {
          expired.push("first");
          clock.setDeadline(second, 50);
        },
      },
      10,
    );
    clock.setDeadline(second, 20);
    cpu.position = 30;
    clock.expire();
    expect([expired, clock.nextNs]).toEqual([["first"], 50]);
    clock.setDeadline(second, undefined);
    expect(clock.nextNs).toBeUndefined();
  });

  it("may be set again while they expire, also in the past", () => {
    const { clock, cpu, expired } = build();
    let times = 0;
    const timer = {
      expire() {
        expired.push("tick");
        if (++times < 3) clock.setDeadline(timer, 10 + times);
      },
    };
    clock.setDeadline(timer, 10);
    cpu.position = 100;
    clock.expire();
    expect([expired.length, clock.nextNs]).toEqual([3, undefined]);
  });

  it("are forgotten with the machine's state", () => {
    const { clock, expired, cpu, timer } = build();
    clock.setDeadline(timer("a"), 10);
    clock.clear();
    cpu.position = 20;
    clock.expire();
    expect([expired, clock.nextPosition()]).toEqual([[], Infinity]);
  });
});
