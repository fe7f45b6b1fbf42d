import { describe, expect, it } from "vitest";
import { UserError } from "../../../base/index.ts";
import { seeded } from "../../../hardware/testing/sample.ts";
import type { KernelImages } from "./configuration.ts";
import { offerKernel } from "./kernel.ts";
import { bzImage, elf, load, multiboot, multibootHeader, noise, notes } from "./testing/kernels.ts";

const MB = 2 ** 20;
const ram = { ramBytes: 64 * MB };
const initrd = new Uint8Array(100_000);
const linux = bzImage(0x20f, [[0x22c, 4, 0x7fff_ffff]]);
const text = load(0x10_0000, 0x10_0000, noise(3000));
const entry = notes(4, [18, Uint8Array.of(0, 0, 16, 0)]);
const changed = (kernel: Uint8Array, at: number, ...bytes: number[]): Uint8Array => {
  const copy = kernel.slice();
  copy.set(bytes, at);
  return copy;
};

const [ADDRESSES, BASE] = [0x1_0000, 0x10_0000];
const elfHeader = multibootHeader(0);
const multibootElf = (bits: 32 | 64) => elf(bits, BASE, load(BASE, BASE, elfHeader));

const refused: [string, Partial<KernelImages>, RegExp][] = [
  ["an empty file", { kernel: new Uint8Array() }, /is empty/],
  ["another file", { kernel: new Uint8Array(10_000) }, /is no bzImage/],
  ["a header that is cut off", { kernel: linux.slice(0, 0x220) }, /is no bzImage/],
  ["a boot protocol that never was", { kernel: bzImage(0x105) }, /protocol is 105h/],
  ["setup code that is cut off", { kernel: changed(linux, 0x1f1, 200) }, /ends in its setup code/],
  [
    "an initrd with no room below its limit",
    { kernel: bzImage(0x203, [[0x22c, 4, 9]]), initrd },
    /initrd does not fit/,
  ],
  ["a video mode that is no number", { commandLine: "vga=large" }, /vga=large/],
  ["Multiboot that begins below its file", { kernel: multiboot(ADDRESSES, BASE, BASE - 0x80) }, /its address lies/],
  ["Multiboot of more than the file has", { kernel: multiboot(ADDRESSES, BASE, BASE, BASE + 9000) }, /not in the file/],
  ["Multiboot of less than it loads", { kernel: multiboot(ADDRESSES, BASE, BASE, 0, BASE + 9) }, /its memory ends/],
  ["Multiboot beyond RAM", { kernel: multiboot(ADDRESSES, BASE, BASE, 0, 0xffff_ffff) }, /does not fit into RAM/],
  ["Multiboot in video memory", { kernel: multiboot(ADDRESSES, 0x9_f000, 0x9_f000, 0, 0, 0) }, /video memory/],
  ["Multiboot at the file's end", { kernel: multibootHeader(ADDRESSES) }, /cut off/],
  ["Multiboot of 64 bits", { kernel: multibootElf(64) }, /not for i386/],
  ["ELF without a note", { kernel: elf(64, BASE, text) }, /neither a Multiboot header nor a PVH note/],
  ["ELF for another processor", { kernel: changed(elf(64, BASE, text, entry), 18, 183) }, /not for x86/],
  ["ELF that is cut off", { kernel: elf(64, BASE, text, entry).slice(0, 1000) }, /runs past the end/],
  ["ELF beyond RAM", { kernel: elf(64, BASE, load(BASE, BASE, noise(9), 2 ** 40), entry) }, /does not fit into RAM/],
  ["ELF and an initrd without room", { kernel: elf(32, BASE, text, entry), initrd: new Uint8Array(64 * MB) }, /initrd/],
];

describe("refuses in one line", () => {
  it.each(refused)("%s", (_, images, message) => {
    const offer = () => offerKernel({ kernel: linux, commandLine: "", ...images }, ram);
    expect(offer).toThrow(UserError);
    expect(offer).toThrow(message);
  });

  it("an initrd that RAM does not hold", () => {
    const images = { kernel: linux, commandLine: "", initrd: new Uint8Array(MB) };
    expect(() => offerKernel(images, { ramBytes: MB })).toThrow("initrd does not fit");
    expect(() => offerKernel(images, { ramBytes: 0 })).toThrow("initrd does not fit");
  });
});

/** A kernel, and where its headers are. */
const kernels: [string, Uint8Array, number, number][] = [
  ["bzImage", linux, 0x1f0, 0x50],
  ["Multiboot", multiboot(ADDRESSES, BASE, BASE, BASE + 400, BASE + 500, BASE), 0x4c, 0x20],
  ["Multiboot in ELF", multibootElf(32), 0, 84],
  ["PVH of 32 bits", elf(32, BASE, text, entry), 0, 116],
  ["PVH of 64 bits", elf(64, BASE, text, entry), 0, 176],
];

it.each(kernels)("takes or refuses any header, and leaves the image as it was: %s", (_, kernel, from, bytes) => {
  const random = seeded(3);
  for (let round = 0; round < 500; round++) {
    const damaged = kernel.slice(0, random(4) ? kernel.length : random(kernel.length));
    for (let change = random(5); change > 0; change--) damaged[from + random(bytes)] = random(256);
    const before = damaged.slice();
    try {
      offerKernel({ kernel: damaged, commandLine: "", initrd: new Uint8Array(10) }, ram);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
    }
    expect(damaged).toEqual(before);
  }
});
