import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Sha256, sha256Hex } from "./sha256.ts";
import { hex } from "./hex.ts";

describe("SHA-256", () => {
  it("agrees with the host for every length around the block size", () => {
    for (let length = 0; length < 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 0xff);
      expect(sha256Hex(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
  });

  it("does not care how the stream is cut", () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 0xff);
    const stream = new Sha256();
    for (let at = 0, step = 1; at < bytes.length; at += step++) stream.update(bytes.subarray(at, at + step));
    expect(hex(stream.digest())).toBe(sha256Hex(bytes));
  });
});
