import { describe, expect, it } from "vitest";
import { Bus, type MmioDevice } from "./index.ts";

function probe(name: string): MmioDevice & { log: string[] } {
  const log: string[] = [];
  return {
    name,
    log,
    read: (offset, size) => offset * 16 + size,
    write: (offset, size, value) => void log.push(`${offset} ${size} ${value}`),
  };
}

describe("Bus", () => {
  it("lets debuggers read only what reading does not change", () => {
    const bus = new Bus();
    bus.map(0x1000, 0x100, { ...probe("half"), changesByRead: (offset) => offset < 8 });
    bus.map(0x1100, 0x100, probe("silent"));
    expect(bus.peek(0x1008, 4)).toBe(0x84);
    expect(bus.peek(0x1004, 4)).toBe("changes");
    expect(bus.peek(0x1108, 4)).toBe("changes");
    expect(bus.peek(0x2000, 4)).toBeUndefined();
  });

  it("dispatches to the device behind an address, by offset", () => {
    const bus = new Bus();
    const [first, second] = [probe("first"), probe("second")];
    bus.map(0x1000, 0x200, first);
    bus.map(0x1200, 0x3000, second);
    expect(bus.read(0x1004, 4)).toBe(0x44);
    expect(bus.read(0x11ff, 1)).toBe(0x1ff1);
    expect(bus.read(0x1200, 2)).toBe(2);
    expect(bus.read(0x41ff, 1)).toBe(0x2fff1);
    expect(bus.write(0x3000, 4, 7)).toBe(true);
    expect(second.log).toEqual([`${0x3000 - 0x1200} 4 7`]);
  });

  it("says where nothing answers", () => {
    const bus = new Bus();
    bus.map(0x1000, 0x18, probe("small"));
    bus.read(0x1000, 4);
    expect(bus.read(0x1018, 4)).toBeUndefined();
    expect(bus.read(0xfff, 1)).toBeUndefined();
    expect(bus.write(0x2_0000_0000, 4, 0)).toBe(false);
  });

  it("takes high addresses and refuses overlaps", () => {
    const bus = new Bus();
    bus.map(0x40_1000_0000, 0x1000, probe("high"));
    expect(bus.read(0x40_1000_0008, 4)).toBe(0x84);
    expect(() => bus.map(0x40_1000_0ff0, 0x100, probe("other"))).toThrow(/overlaps/);
  });
});
