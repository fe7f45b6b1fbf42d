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
});
