import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { hex } from "./hex.ts";
import { Sha256, sha256Hex } from "./sha256.ts";

it("agrees with the host for every length around the block size", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 0xff);
    const expected = createHash("sha256").update(bytes).digest("hex");
    expect(sha256Hex(bytes)).toBe(expected);
    const cut = (length * 7) % (length + 1);
    expect(hex(new Sha256().update(bytes.subarray(0, cut)).update(bytes.subarray(cut)).digest())).toBe(expected);
  }
});
