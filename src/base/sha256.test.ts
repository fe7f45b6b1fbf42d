import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sha256Hex } from "./sha256.ts";

it("agrees with the host for every length around the block size", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 0xff);
    expect(sha256Hex(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});
