import { expect, it } from "vitest";
import { hex, hexDigits } from "./hex.ts";

it("writes bytes as pairs of digits, and numbers with zeros in front", () => {
  expect(hex(Uint8Array.of(0, 0xab, 9))).toBe("00ab09");
  expect(hexDigits(0xab, 4)).toBe("00ab");
  expect(hexDigits(0xffff_8000_0000_0000n, 16)).toBe("ffff800000000000");
  expect(hexDigits(0x12345, 2)).toBe("12345");
});
