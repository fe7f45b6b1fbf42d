import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../base/index.ts";
import { HandClock } from "../../testing/hand-clock.ts";
import { line, stateBytes } from "../../testing/sample.ts";
import { I8259 } from "../i8259/i8259.ts";
import { gsi } from "./gsi.ts";
import { IoApic } from "./ioapic.ts";

const LEVEL = 0x8000;
const MASKED = 0x1_0000;
const REMOTE_IRR = 0x4000;

function build() {
  const clock = new HandClock();
  const sent: string[] = [];
  const ioapic = new IoApic(clock, {
    deliver: (address, data) => sent.push(`${address.toString(16)} ${data.toString(16)}`),
    pic: { next: () => 0x77, acknowledge: () => sent.push("acknowledged") },
  });
  const select = (register: number): void => ioapic.write(0, 4, register);
  return {
    ...{ ioapic, clock, sent },
    read(register: number): number {
      select(register);
      return ioapic.read(0x10, 4);
    },
    write(register: number, value: number): void {
      select(register);
      ioapic.write(0x10, 4, value);
    },
  };
}

describe("IoApic", () => {
  it("has 24 pins, masked, and an ID that can be chosen", () => {
    const { read, write } = build();
    expect([read(1), read(0x10), read(0x3e), read(0x40)]).toEqual([0x17_0020, MASKED, MASKED, 0]);
    write(0, 0x2f00_0000);
    expect([read(0), read(2)]).toEqual([0xf00_0000, 0xf00_0000]);
  });

  it("sends an edge once, to its destination, and forgets one that is masked", () => {
    const { ioapic, write, sent } = build();
    ioapic.setInput(4, true);
    write(0x19, 0x300_0000);
    write(0x18, 0x941);
    expect(sent).toEqual([]);
    ioapic.setInput(4, false);
    ioapic.setInput(4, true);
    expect(sent).toEqual(["fee03004 141"]);
  });

  it("sends a level until it is over, when it is unmasked and whenever one has ended", () => {
    const { ioapic, write, read, sent } = build();
    write(0x1a, LEVEL | MASKED | 0x45);
    ioapic.setInput(5, true);
    expect(sent).toEqual([]);
    write(0x1a, LEVEL | 0x45);
    expect([sent, read(0x1a)]).toEqual([["fee00000 8045"], LEVEL | REMOTE_IRR | 0x45]);
    ioapic.setInput(5, true);
    expect(sent.length).toBe(1);
    ioapic.endOfInterrupt(0x45);
    expect(sent.length).toBe(2);
    ioapic.setInput(5, false);
    ioapic.write(0x40, 4, 0x45);
    expect([sent.length, read(0x1a)]).toEqual([2, LEVEL | 0x45]);
  });

  it("takes the i8259's vector where an entry says so", () => {
    const { ioapic, write, sent } = build();
    write(0x10, 0x700);
    ioapic.setInput(0, true);
    expect(sent).toEqual(["acknowledged", "fee00000 777"]);
  });

  it("lets the guest get on when a level never falls", () => {
    const { ioapic, clock, write, sent } = build();
    write(0x1a, LEVEL | 0x45);
    ioapic.setInput(5, true);
    for (let n = 1; n < 10_000; n++) ioapic.endOfInterrupt(0x45);
    expect([sent.length, clock.deadline]).toEqual([10_000, undefined]);
    ioapic.endOfInterrupt(0x45);
    expect([sent.length, clock.deadline]).toEqual([10_000, 10_000_000]);
    const other = build();
    other.ioapic.load(new ByteReader(stateBytes(ioapic)));
    other.clock.advanceTo(10_000_000);
    expect([other.sent.length, other.clock.deadline]).toEqual([1, undefined]);
  });

  it("has the timer's line at pin 2", () => {
    const { ioapic, write, sent } = build();
    const pic = new I8259(line);
    write(0x14, 0x30);
    write(0x34, 0x42);
    gsi(0, pic, ioapic).set(true);
    gsi(18, pic, ioapic).set(true);
    expect([sent, pic.master.read(0, 1)]).toEqual([["fee00000 30", "fee00000 42"], 1]);
  });
});
