import { describe, expect, it } from "vitest";
import { videoMemory } from "./sample.ts";
import { Vga } from "./vga.ts";

function build() {
  const memory = videoMemory();
  const vga = new Vga(memory);
  const out = (port: number, value: number): void => vga.ports.write(port - 0x3b0, 1, value);
  const indexed = (port: number, index: number, value: number): void => {
    out(port, index);
    out(port + 1, value);
  };
  out(0x3c2, 0x67);
  return {
    ...{ vga, memory, out, indexed },
    in: (port: number): number => vga.ports.read(port - 0x3b0, 1),
    dispi(index: number, value?: number): number {
      vga.dispi.write(0, 2, index);
      if (value !== undefined) vga.dispi.write(1, 2, value);
      return vga.dispi.read(1, 2);
    },
    /** As firmware does for text: odd and even, at B8000h. */
    text(): void {
      indexed(0x3c4, 2, 3);
      indexed(0x3c4, 4, 2);
      indexed(0x3ce, 5, 0x10);
      indexed(0x3ce, 6, 0x0e);
    },
    planar(): void {
      indexed(0x3c4, 2, 15);
      indexed(0x3c4, 4, 6);
      indexed(0x3ce, 5, 0);
      indexed(0x3ce, 6, 5);
      indexed(0x3ce, 8, 0xff);
    },
  };
}

describe("Vga", () => {
  it("is at 3Dxh in colour, at 3Bxh without", () => {
    const { in: read, out, indexed } = build();
    indexed(0x3d4, 0x0f, 0x5a);
    expect([read(0x3d5), read(0x3b5), read(0x3cc), read(0x3d0)]).toEqual([0x5a, 0xff, 0x67, 0xff]);
    out(0x3c2, 0x66);
    expect([read(0x3d5), read(0x3b5)]).toEqual([0xff, 0x5a]);
  });

  it("takes attributes and their index by turns, which a look at the status resets", () => {
    const { in: read, out } = build();
    read(0x3da);
    out(0x3c0, 0x11);
    out(0x3c0, 0x42);
    out(0x3c0, 0x03);
    expect(read(0x3c0)).toBe(0);
    read(0x3da);
    expect(read(0x3c0)).toBe(3);
    out(0x3c0, 0x11);
    expect([read(0x3c1), read(0x3da) ^ read(0x3da)]).toEqual([0x42, 9]);
  });

  it("counts through the palette", () => {
    const { in: read, out } = build();
    out(0x3c8, 254);
    for (let n = 0; n < 9; n++) out(0x3c9, n);
    expect(read(0x3c8)).toBe(1);
    out(0x3c7, 255);
    expect([1, 2, 3, 4, 5, 6].map(() => read(0x3c9))).toEqual([3, 4, 5, 6, 7, 8]);
    expect(read(0x3c7)).toBe(3);
  });

  it("locks the first registers of the CRT controller", () => {
    const { in: read, indexed } = build();
    indexed(0x3d4, 0x11, 0x80);
    indexed(0x3d4, 0, 0x55);
    indexed(0x3d4, 7, 0xff);
    expect(read(0x3d5)).toBe(0x10);
    indexed(0x3d4, 0x11, 0);
    indexed(0x3d4, 0, 0x55);
    expect(read(0x3d5)).toBe(0x55);
  });

  it("has text's characters and attributes in planes 0 and 1", () => {
    const { vga, memory, text } = build();
    text();
    vga.window.write(0x18000, 2, 0x0741);
    vga.window.write(0x18002, 2, 0x0742);
    expect([...memory.read(0, 8)]).toEqual([0x41, 7, 0, 0, 0x42, 7, 0, 0]);
    expect([vga.window.read(0x18000, 4), vga.window.read(0, 1)]).toEqual([0x0742_0741, 0xff]);
  });

  it("writes four planes at a time, through latches", () => {
    const { vga, memory, planar, indexed } = build();
    planar();
    indexed(0x3ce, 0, 0x0a);
    indexed(0x3ce, 1, 0x0f);
    vga.window.write(0, 1, 0);
    expect([...memory.read(0, 4)]).toEqual([0, 0xff, 0, 0xff]);
    indexed(0x3ce, 8, 0xf0);
    indexed(0x3ce, 1, 0);
    vga.window.read(0, 1);
    vga.window.write(0, 1, 0xaa);
    expect([...memory.read(0, 4)]).toEqual([0xa0, 0xaf, 0xa0, 0xaf]);
    indexed(0x3ce, 5, 1);
    vga.window.read(0, 1);
    vga.window.write(1, 1, 0);
    expect([...memory.read(4, 4)]).toEqual([0xa0, 0xaf, 0xa0, 0xaf]);
    indexed(0x3ce, 5, 8);
    indexed(0x3ce, 2, 0x0a);
    indexed(0x3ce, 7, 0x0f);
    expect(vga.window.read(0, 1)).toBe(0x0f);
    expect(vga.window.changesByRead!(0)).toBe(true);
  });

  it("has Bochs' modes, made to fit, and clears the screen", () => {
    const { vga, memory, dispi, in: read, out } = build();
    expect([dispi(0), dispi(10)]).toEqual([0xb0c5, 256]);
    memory.write(0, Uint8Array.of(1, 2, 3));
    for (const [index, value] of [[1, 1027], [2, 768], [3, 32]] as const) dispi(index, value); // prettier-ignore
    expect(dispi(1)).toBe(1027);
    expect(dispi(4, 0x41)).toBe(0x41);
    expect([dispi(1), dispi(6), dispi(7), [...memory.read(0, 3)]]).toEqual([1024, 1024, 4096, [0, 0, 0]]);
    out(0x3ce, 6);
    expect(read(0x3cf)).toBe(5);
    // Chained, in banks of 64 KB.
    dispi(5, 3);
    vga.window.write(5, 1, 0x77);
    expect(memory.read(0x3_0005, 1)[0]).toBe(0x77);
    dispi(4, 2);
    expect([1, 2, 3].map((index) => dispi(index))).toEqual([16_000, 12_000, 32]);
    expect([vga.dispi.read(1, 1), vga.dispi.read(1, 4), vga.ports.read(0x1c, 4)]).toEqual([
      0xff, 0xffff_ffff, 0xffff_ffff,
    ]);
  });

  it("never reaches past its memory", () => {
    const memory = videoMemory(0x1_0000);
    const vga = new Vga(memory);
    vga.ports.write(0x14, 1, 2);
    vga.ports.write(0x15, 1, 15);
    vga.window.write(0x1_ffff, 1, 1);
    expect(vga.window.read(0x1_ffff, 1)).toBe(0xff);
  });
});
