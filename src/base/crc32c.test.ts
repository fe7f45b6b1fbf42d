import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";

describe("CRC-32C", () => {
  it("gives the check values of RFC 3720, B.4", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  });

  it("continues from a seed", () => {
    const bytes = new TextEncoder().encode("123456789");
    expect(crc32c(bytes.subarray(4), crc32c(bytes.subarray(0, 4)))).toBe(0xe3069283);
  });

  it("is the same however the bytes are cut", () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => (at * 37) ^ (at >> 3));
    for (let length = 0; length < 40; length++) {
      for (let start = 0; start < 9; start++) {
        const part = bytes.subarray(start, start + length);
        let byOne = 0;
        for (const byte of part) byOne = crc32c(Uint8Array.of(byte), byOne);
        expect(crc32c(part)).toBe(byOne);
      }
    }
  });
});
