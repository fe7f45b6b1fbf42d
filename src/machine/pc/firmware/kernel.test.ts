import { describe, expect, it } from "vitest";
import { UserError } from "../../../base/index.ts";
import { FwCfgKey } from "../../../hardware/index.ts";
import { seeded } from "../../../hardware/testing/sample.ts";
import { offerKernel } from "./kernel.ts";

const MB = 2 ** 20;
const ram = { ramBytes: 64 * MB };

function bzImage(length = 4096): Uint8Array<ArrayBuffer> {
  const kernel = new Uint8Array(length);
  const view = new DataView(kernel.buffer);
  view.setUint8(0x1f1, 3);
  view.setUint32(0x202, 0x5372_6448, true);
  view.setUint16(0x206, 0x20f, true);
  view.setUint8(0x211, 1);
  view.setUint32(0x22c, 0x7fff_ffff, true);
  return kernel;
}

describe("refuses in one line", () => {
  const changed = (change: (view: DataView) => void): Uint8Array => {
    const kernel = bzImage();
    change(new DataView(kernel.buffer));
    return kernel;
  };
  const initrd = new Uint8Array(100_000);
  const bad: [string, Partial<Parameters<typeof offerKernel>[0]>, RegExp][] = [
    ["an empty file", { kernel: new Uint8Array() }, /is empty/],
    ["another file", { kernel: new Uint8Array(10_000) }, /no bzImage/],
    ["a header that is cut off", { kernel: bzImage().slice(0, 0x220) }, /no bzImage/],
    [
      "a boot protocol that never was",
      { kernel: changed((view) => view.setUint16(0x206, 0x105, true)) },
      /protocol is 105h/,
    ],
    ["setup code that is cut off", { kernel: changed((view) => view.setUint8(0x1f1, 200)) }, /ends in its setup code/],
    [
      "an initrd with no room below its limit",
      { kernel: changed((view) => view.setUint32(0x22c, 9, true)), initrd },
      /initrd does not fit/,
    ],
    ["a video mode that is no number", { commandLine: "vga=large" }, /vga=large/],
  ];

  it.each(bad)("%s", (_, images, message) => {
    const offer = () => offerKernel({ kernel: bzImage(), commandLine: "", ...images }, ram);
    expect(offer).toThrow(UserError);
    expect(offer).toThrow(message);
  });

  it("an initrd that RAM does not hold", () => {
    const images = { kernel: bzImage(), commandLine: "", initrd: new Uint8Array(MB) };
    expect(() => offerKernel(images, { ramBytes: MB })).toThrow("initrd does not fit");
    expect(() => offerKernel(images, { ramBytes: 0 })).toThrow("initrd does not fit");
  });
});

it("takes or refuses any header, and leaves the image as it was", () => {
  const random = seeded(3);
  for (let round = 0; round < 500; round++) {
    const kernel = bzImage(1024 + random(4096));
    for (let change = 0; change < 8; change++) kernel[0x1f0 + random(0x50)] = random(256);
    const before = kernel.slice();
    try {
      const { items } = offerKernel({ kernel, commandLine: "", initrd: new Uint8Array(10) }, ram);
      expect(new Map(items).get(FwCfgKey.SETUP_DATA)!.length).toBeLessThanOrEqual(kernel.length);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
    }
    expect(kernel).toEqual(before);
  }
});
