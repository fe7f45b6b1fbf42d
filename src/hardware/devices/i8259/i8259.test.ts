import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../base/index.ts";
import { stateBytes } from "../../testing/sample.ts";
import { I8259 } from "./i8259.ts";

function build() {
  const seen = { int: false };
  const pic = new I8259({ set: (level) => (seen.int = level) });
  const ports: Record<number, (typeof pic)["master"]> = { 0x20: pic.master, 0xa0: pic.slave, 0x4d0: pic.edgeLevel };
  const out = (port: number, ...values: number[]): void => {
    for (const value of values) ports[port & ~1]!.write(port & 1, 1, value);
  };
  return {
    ...{ pic, seen, out },
    in: (port: number): number => ports[port & ~1]!.read(port & 1, 1),
    pulse(...inputs: number[]): void {
      for (const input of inputs) {
        pic.setInput(input, true);
        pic.setInput(input, false);
      }
    },
    /** As the CPU takes an interrupt: its vector. */
    take(): number {
      expect(seen.int).toBe(true);
      const vector = pic.next();
      pic.acknowledge();
      return vector;
    },
    /** As firmware does: vectors 08h and 70h. */
    start(icw4 = 1, slaveIcw4 = 1): void {
      out(0x20, 0x11);
      out(0x21, 8, 4, icw4);
      out(0xa0, 0x11);
      out(0xa1, 0x70, 2, slaveIcw4);
    },
  };
}

describe("I8259", () => {
  it("gives vectors in the order of priorities, one within another", () => {
    const { start, pulse, take, out, seen, in: read } = build();
    start();
    pulse(4, 1);
    expect(take()).toBe(9);
    expect(seen.int).toBe(false);
    pulse(0);
    expect([take(), seen.int]).toEqual([8, false]);
    out(0x20, 0x0b);
    expect(read(0x20)).toBe(3);
    out(0x20, 0x20);
    expect([read(0x20), seen.int]).toEqual([2, false]);
    out(0x20, 0x20);
    expect(take()).toBe(12);
  });

  it("passes the slave's on by input 2, before inputs 3 to 7", () => {
    const { start, pulse, take, out, seen, in: read } = build();
    start();
    pulse(3, 12, 8);
    expect([take(), seen.int]).toEqual([0x70, false]);
    out(0xa0, 0x0b, 0x20);
    out(0x20, 0x0b);
    expect([read(0xa0), read(0x20)]).toEqual([0, 4]);
    out(0x20, 0x20);
    expect(take()).toBe(0x74);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    expect(take()).toBe(0xb);
  });

  it("gives 7 of a controller whose request is gone, and serves nothing", () => {
    const { pic, start, take, out, seen, in: read } = build();
    start();
    out(0x4d0, 0x20);
    out(0x4d1, 2);
    pic.setInput(5, true);
    expect(seen.int).toBe(true);
    pic.setInput(5, false);
    expect([seen.int, pic.next()]).toEqual([false, 15]);
    pic.acknowledge();
    out(0x20, 0x0b);
    expect(read(0x20)).toBe(0);
    // The slave's request falls, its edge at the master stays: IRQ 15, and the master serves its input 2.
    pic.setInput(9, true);
    pic.setInput(9, false);
    expect(take()).toBe(0x77);
    out(0xa0, 0x0b);
    expect([read(0x20), read(0xa0)]).toEqual([4, 0]);
  });

  it("keeps a level requested while it is up, an edge once", () => {
    const { pic, start, take, out, seen } = build();
    start();
    out(0x4d0, 0x20);
    for (const [input, again] of [
      [5, true],
      [4, false],
    ] as const) {
      pic.setInput(input, true);
      expect(take()).toBe(8 + input);
      out(0x20, 0x20);
      expect(seen.int).toBe(again);
      pic.setInput(input, false);
      expect(seen.int).toBe(false);
    }
  });

  it("has no level trigger where a PC's inputs have none", () => {
    const { out, in: read } = build();
    out(0x4d0, 0xff);
    out(0x4d1, 0xff);
    expect([read(0x4d0), read(0x4d1)]).toEqual([0xf8, 0xde]);
  });

  it("rotates: after an EOI, after automatic ones, and to a level", () => {
    const { start, pulse, take, out } = build();
    start();
    pulse(0, 1);
    expect(take()).toBe(8);
    out(0x20, 0xa0);
    pulse(0);
    expect(take()).toBe(9);
    // Input 1 is the last one now.
    out(0x20, 0xe1);
    pulse(1, 2 + 1);
    expect(take()).toBe(11);
    out(0x20, 0x63, 0xc4);
    pulse(5);
    expect(take()).toBe(13);
    start(3);
    out(0x20, 0x80);
    pulse(0, 1);
    expect(take()).toBe(8);
    pulse(0);
    expect([take(), take()]).toEqual([9, 8]);
  });

  it("lets lower ones through by a special mask, and the slave's by special full nesting", () => {
    const { start, pulse, take, out, seen } = build();
    start();
    pulse(1);
    take();
    pulse(6);
    out(0x20, 0x68);
    expect(seen.int).toBe(false);
    out(0x21, 2);
    expect(take()).toBe(14);
    start(0x11);
    pulse(12);
    expect(take()).toBe(0x74);
    pulse(8);
    expect([seen.int, take()]).toEqual([true, 0x70]);
  });

  it("is polled, and debuggers look only where that changes nothing", () => {
    const { pic, start, pulse, out, in: read } = build();
    start();
    pulse(3);
    out(0x20, 0x0c);
    expect(pic.master.changesByRead!(0)).toBe(true);
    expect(read(0x20)).toBe(0x83);
    expect(pic.master.changesByRead!(0)).toBe(false);
    out(0x20, 0x0c);
    expect(read(0x21)).toBe(0);
  });

  it("takes as many ICWs as the first one says", () => {
    const { out, in: read } = build();
    for (const [icw1, icws] of [
      [0x13, 2],
      [0x12, 1],
      [0x10, 2],
      [0x11, 3],
    ] as const) {
      out(0x20, icw1);
      out(0x21, ...Array<number>(icws).fill(0));
      out(0x21, 0x5a);
      expect(read(0x21)).toBe(0x5a);
    }
  });

  it("goes on from a state that is loaded without driving INT, which it lowers at a reset", () => {
    const { pic, start, pulse } = build();
    start();
    pulse(3);
    const other = build();
    other.pic.load(new ByteReader(stateBytes(pic)));
    expect([other.seen.int, other.pic.next()]).toEqual([false, 11]);
    other.pulse(1);
    expect(other.seen.int).toBe(true);
    other.pic.reset();
    expect(other.seen.int).toBe(false);
  });
});
