import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../base/index.ts";
import { HandClock } from "../../testing/hand-clock.ts";
import { stateBytes } from "../../testing/sample.ts";
import { LocalApic } from "./lapic.ts";
import { Register } from "./registers.ts";

const MASKED = 0x1_0000;
const PERIODIC = 0x2_0000;
const EXTINT = 0x700;
const NMI = 0x400;
const LINT0 = Register.LVT + 3;
const LINT1 = Register.LVT + 4;

function build() {
  const clock = new HandClock();
  const seen = { intr: false, acknowledged: 0, ended: [] as number[], begun: 0 };
  const apic = new LocalApic(clock, {
    intr: { set: (level) => (seen.intr = level) },
    pic: { next: () => 8, acknowledge: () => seen.acknowledged++ },
    eoi: (vector) => seen.ended.push(vector),
    init: () => seen.begun++,
  });
  const write = (register: number, value: number): void => apic.write(register << 4, 4, value);
  return {
    ...{ apic, clock, seen, write },
    read: (register: number): number => apic.read(register << 4, 4),
    start: (): void => write(Register.SVR, 0x1ff),
    send: (data: number): void => apic.deliverMessage(0xfee0_0000, data),
    /** As the processor takes an interrupt. */
    take(): number {
      expect(seen.intr).toBe(true);
      const request = apic.request();
      apic.acknowledge(request === 0x100);
      return request;
    },
  };
}

describe("LocalApic", () => {
  it("asks for the highest vector above the priority of task and service, when it is enabled", () => {
    const { send, take, seen, write, read, start } = build();
    send(0x31);
    send(0x52);
    expect(seen.intr).toBe(false);
    start();
    expect([take(), seen.intr, read(Register.PPR)]).toEqual([0x52, false, 0x50]);
    send(0x5f);
    expect(seen.intr).toBe(false);
    send(0x60);
    expect(take()).toBe(0x60);
    write(Register.EOI, 0);
    write(Register.EOI, 0);
    expect(take()).toBe(0x5f);
    write(Register.TPR, 0x30);
    write(Register.EOI, 0);
    expect([seen.intr, read(Register.PPR)]).toEqual([false, 0x30]);
    write(Register.TPR, 0x2f);
    expect(take()).toBe(0x31);
  });

  it("has the task priority that CR8 has, shifted", () => {
    const { apic, read, write } = build();
    apic.taskPriority = 9;
    expect(read(Register.TPR)).toBe(0x90);
    write(Register.TPR, 0x4f);
    expect(apic.taskPriority).toBe(4);
  });

  it("lets the i8259's interrupts through LINT0, before its own", () => {
    const { apic, seen, start, write, send, take } = build();
    start();
    apic.lint0.set(true);
    expect(seen.intr).toBe(false);
    write(LINT0, EXTINT);
    send(0x40);
    expect([apic.request(), take(), seen.acknowledged]).toEqual([8, 8, 1]);
    apic.lint0.set(false);
    expect(take()).toBe(0x40);
    apic.lint0.set(true);
    write(LINT0, EXTINT | MASKED);
    expect(seen.intr).toBe(false);
  });

  it("asks for an NMI before all else, once", () => {
    const { apic, send, start, take, write, seen } = build();
    start();
    send(0x40);
    apic.nmi();
    expect(apic.request()).toBe(0x40);
    write(LINT1, NMI);
    apic.nmi();
    expect([take(), take()]).toEqual([0x100, 0x40]);
    write(Register.ICR_LOW, NMI | (1 << 18));
    expect([take(), seen.intr]).toEqual([0x100, false]);
  });

  it("tells who wants to know that a level-triggered one has ended", () => {
    const { send, start, take, write, seen } = build();
    start();
    for (const data of [0x8041, 0x52]) {
      send(data);
      take();
      write(Register.EOI, 0);
    }
    expect(seen.ended).toEqual([0x41]);
  });

  it("stays disabled by its base until a reset, and asks for nothing", () => {
    const { apic, send, start, seen } = build();
    start();
    send(0x41);
    apic.base = 0xfee0_0000;
    expect([seen.intr, apic.isEnabled]).toEqual([false, false]);
    apic.base = 0x1_fed0_0800;
    expect([apic.isEnabled, apic.base]).toEqual([false, 0xfed0_0100]);
    apic.reset();
    expect(apic.base).toBe(0xfee0_0900);
  });

  it("begins anew by INIT, but for its address and ID; SIPI is for others", () => {
    const { start, write, read, seen, apic } = build();
    start();
    write(Register.TPR, 0x20);
    write(Register.ID, 0x300_0000);
    write(Register.ICR_HIGH, 0x300_0000);
    write(Register.ICR_LOW, 0x8500);
    write(Register.ICR_LOW, 0x0608);
    expect(seen.begun).toBe(0);
    write(Register.ICR_LOW, 0x4500);
    expect([seen.begun, read(Register.TPR), read(Register.ID), apic.base]).toEqual([1, 0, 0x300_0000, 0xfee0_0900]);
  });

  it("counts down once, a tick longer than its count, by its divisor", () => {
    const { clock, start, write, read, take, seen } = build();
    start();
    clock.now = 1000;
    write(Register.LVT, 0x31);
    write(Register.DIVIDE, 3);
    write(Register.INITIAL_COUNT, 10);
    expect([read(Register.CURRENT_COUNT), clock.deadline]).toEqual([10, 1000 + 11 * 16]);
    clock.advanceTo(1000 + 16);
    expect(read(Register.CURRENT_COUNT)).toBe(9);
    clock.advanceTo(1000 + 11 * 16 - 1);
    expect([read(Register.CURRENT_COUNT), seen.intr]).toEqual([0, false]);
    clock.advanceTo(1000 + 11 * 16);
    expect([take(), clock.deadline]).toEqual([0x31, undefined]);
  });

  it("counts periods, masked or not, and goes on from a state that is loaded", () => {
    const { apic, clock, start, write, read, take, seen } = build();
    start();
    write(Register.LVT, 0x31 | PERIODIC | MASKED);
    write(Register.DIVIDE, 0xb);
    write(Register.INITIAL_COUNT, 99);
    clock.advanceTo(250);
    expect([read(Register.CURRENT_COUNT), seen.intr, clock.deadline]).toEqual([49, false, undefined]);
    write(Register.LVT, 0x31 | PERIODIC);
    const other = build();
    other.apic.load(new ByteReader(stateBytes(apic)));
    expect([clock.deadline, other.clock.deadline]).toEqual([300, 300]);
    other.clock.advanceTo(300);
    expect([other.take(), other.clock.deadline]).toEqual([0x31, 400]);
    clock.advanceTo(301);
    expect([take(), read(Register.CURRENT_COUNT)]).toEqual([0x31, 98]);
  });

  it("takes messages where its registers are repeated, and of 4 bytes only", () => {
    const { apic, start, seen, write } = build();
    start();
    write(Register.LDR, 0x400_0000);
    apic.write(0x1000, 4, 0x33);
    apic.write(0x4000, 4, 0x34);
    apic.write(0x4004, 2, 0x35);
    expect(seen.intr).toBe(false);
    apic.write(0x4004, 4, 0x36);
    expect(apic.request()).toBe(0x36);
    apic.write(0xff000, 4, 0x37);
    expect([apic.request(), apic.read(0x5030, 4)]).toEqual([0x37, 0x5_0014]);
  });

  it("is read by debuggers where registers are", () => {
    const { apic } = build();
    expect([0x20, 0x130, 0x370, 0x390].map((offset) => apic.changesByRead(offset))).not.toContain(true);
    expect([0, 0x40, 0x290, 0x3f0].map((offset) => apic.changesByRead(offset))).not.toContain(false);
  });
});
