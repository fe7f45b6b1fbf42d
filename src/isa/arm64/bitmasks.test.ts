import { describe, expect, it } from "vitest";
import { bitMask, decodeBitMask, moveWidePreferred } from "./bitmasks.ts";

describe("decodeBitMask", () => {
  it.each([
    [1, 0, 0b000000, 0x1n],
    [1, 1, 0b000000, 0x8000000000000000n],
    [1, 0, 0b111110, 0x7fffffffffffffffn],
    [0, 0, 0b000111, 0x000000ff000000ffn],
    [0, 4, 0b000111, 0xf000000ff000000fn],
    [0, 0, 0b100111, 0x00ff00ff00ff00ffn],
    [0, 0, 0b110000, 0x0101010101010101n],
    [0, 0, 0b111000, 0x1111111111111111n],
    [0, 1, 0b111100, 0xaaaaaaaaaaaaaaaan],
  ])("N=%i immr=%i imms=%i", (n, immr, imms, mask) => {
    expect(decodeBitMask(n, immr, imms)).toBe(mask);
    expect(bitMask(n, immr, imms)).toBe(mask);
  });

  it("knows the reserved encodings: all ones, and elements below two bits", () => {
    expect(decodeBitMask(1, 0, 0b111111)).toBeUndefined();
    expect(decodeBitMask(0, 0, 0b011111)).toBeUndefined();
    expect(decodeBitMask(0, 5, 0b111101)).toBeUndefined();
    expect(decodeBitMask(0, 0, 0b111110)).toBeUndefined();
    expect(decodeBitMask(0, 0, 0b111111)).toBeUndefined();
    expect(bitMask(0, 0, 0b111111)).toBe(0n);
  });

  it("gives the 5,334 distinct 64-bit immediates of the architecture", () => {
    const masks = new Set<bigint>();
    for (let word = 0; word < 2 ** 13; word++) {
      const mask = decodeBitMask(word >> 12, (word >> 6) & 63, word & 63);
      if (mask !== undefined) masks.add(mask);
    }
    expect(masks.size).toBe(5334);
  });
});

describe("moveWidePreferred", () => {
  it("is for immediates of one halfword, or of one that is not all ones", () => {
    expect(moveWidePreferred(1, 0xff0000n)).toBe(true);
    expect(moveWidePreferred(1, 0xffffffff00ffffffn)).toBe(true);
    expect(moveWidePreferred(1, 0x1ff00n)).toBe(false);
    expect(moveWidePreferred(0, 0xfffeffffn)).toBe(true);
    expect(moveWidePreferred(0, 0x11111111n)).toBe(false);
  });
});
