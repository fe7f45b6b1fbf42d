import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { cells, type Fdt, flag, node, readFdt, strings, writeFdt } from "./fdt.ts";

const sample: Fdt = {
  root: node(
    "",
    { compatible: strings("one", "two"), "#address-cells": cells(2) },
    node("chosen", { bootargs: strings("quiet"), flag }),
    node(
      "bus@1000",
      { reg: cells(0, 0x1000, 0, 0x100) },
      node("deep", {}, node("deeper", { odd: Uint8Array.of(1, 2, 3) })),
    ),
  ),
  reservations: [{ address: 0x8000_0000n, size: 0x1000n }],
  bootCpu: 0,
};

function dtc(input: Uint8Array, from: "dtb" | "dts", to: "dtb" | "dts"): Uint8Array {
  return new Uint8Array(execFileSync("dtc", ["-q", "-I", from, "-O", to], { input }));
}

describe("flattened device tree", () => {
  it("reads back what it wrote", () => {
    expect(readFdt(writeFdt(sample))).toEqual(sample);
    expect(readFdt(writeFdt(sample, 4096))).toEqual(sample);
    expect(() => writeFdt(sample, 100)).toThrow(UserError);
  });

  it("is a tree to dtc, and reads dtc's", () => {
    const source = dtc(writeFdt(sample, 4096), "dtb", "dts");
    expect(new TextDecoder().decode(source)).toContain('bootargs = "quiet"');
    expect(readFdt(dtc(source, "dts", "dtb"))).toEqual(sample);
  });

  it("refuses a damaged blob with a UserError, whatever the damage", () => {
    const good = writeFdt(sample);
    for (let length = 0; length < good.length; length += 3) {
      expect(() => readFdt(good.subarray(0, length))).toThrow(UserError);
    }
    for (let at = 0; at < good.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bad = good.slice();
        bad[at] = value;
        try {
          readFdt(bad);
        } catch (error) {
          expect(error, `byte ${at} = ${value}`).toBeInstanceOf(UserError);
        }
      }
    }
  });

  it("refuses nodes without end", () => {
    const words = new Uint32Array(4000);
    for (let i = 0; i < words.length; i += 2) words[i] = 0x0100_0000;
    const body = new Uint8Array(words.buffer);
    const blob = new Uint8Array(64 + body.length);
    const view = new DataView(blob.buffer);
    [0xd00dfeed, blob.length, 64, 40, 40, 17, 16, 0, 0, body.length].forEach((word, i) => view.setUint32(4 * i, word));
    blob.set(body, 64);
    expect(() => readFdt(blob)).toThrow("nodes too deep");
  });
});
