import { describe, expect, it } from "vitest";
import { I8257 } from "./i8257.ts";

describe("I8257", () => {
  it("takes addresses and counts low byte first, and shows the address when it is whole", () => {
    const { first, second } = new I8257();
    first.write(0x0c, 1, 0);
    for (const value of [0x34, 0x12]) first.write(4, 1, value);
    for (const value of [0xff, 0x01]) first.write(5, 1, value);
    expect([4, 4, 5, 5].map((port) => first.read(port, 1))).toEqual([0x34, 0x12, 0xff, 1]);
    first.write(4, 1, 0x78);
    first.write(0x0c, 1, 0);
    expect(first.read(4, 1)).toBe(0x34);
    second.write(0x0c << 1, 1, 0);
    for (const value of [0x78, 0x56]) second.write(4 << 1, 1, value);
    expect([8, 8].map((port) => second.read(port, 1))).toEqual([0x78, 0x56]);
  });

  it("has pages, masks and requests", () => {
    const { first, pages } = new I8257();
    for (let port = 0; port < 16; port++) pages.write(port, 1, port + 1);
    const written = [1, 2, 3, 7, 9, 10, 11, 15];
    expect(written.map((port) => pages.read(port, 1))).toEqual(written.map((port) => port + 1));
    expect(pages.read(0, 1)).toBe(0xff);
    expect(first.read(9, 1)).toBe(0xff);
    first.write(0x0e, 1, 0);
    first.write(0x0a, 1, 6);
    first.write(9, 1, 5);
    expect([first.read(9, 1), first.read(8, 1)]).toEqual([4, 0x20]);
    first.write(0x0d, 1, 0);
    expect([first.read(9, 1), first.read(8, 1)]).toEqual([0xff, 0]);
  });

  it("is masked by a reset, which leaves what was programmed", () => {
    const dma = new I8257();
    dma.first.write(0x0f, 1, 0);
    dma.pages.write(1, 1, 0x42);
    dma.reset();
    expect([dma.first.read(9, 1), dma.pages.read(1, 1)]).toEqual([0xff, 0x42]);
  });
});
