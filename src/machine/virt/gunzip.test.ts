import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { gunzip, isGzip } from "./gunzip.ts";

const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 7);

describe("gunzip", () => {
  it("unpacks, up to its bound", () => {
    const packed = gzipSync(content);
    expect(isGzip(packed)).toBe(true);
    expect(Buffer.compare(gunzip(packed, content.length), content)).toBe(0);
    expect(() => gunzip(packed, content.length - 1)).toThrow(UserError);
    expect(() => gunzip(gzipSync(new Uint8Array(5 << 20)), 4 << 20)).toThrow("unpacks to more than 4 MB");
  });

  it("refuses files cut anywhere", () => {
    const packed = gzipSync(content.subarray(0, 1000));
    for (let length = 2; length < packed.length; length++) {
      expect(() => gunzip(packed.subarray(0, length), 1 << 20)).toThrow(UserError);
    }
  });

  it("refuses damaged bytes, or gives the content all the same", () => {
    const packed = gzipSync(content.subarray(0, 1000));
    for (let at = 2; at < packed.length; at++) {
      const bad = Uint8Array.from(packed);
      bad[at]! ^= 0x55;
      try {
        expect(gunzip(bad, 1 << 20), `byte ${at}`).toEqual(content.subarray(0, 1000));
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(UserError);
      }
    }
  });
});
