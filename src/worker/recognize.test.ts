import { expect, it } from "vitest";
import { recognize } from "./recognize.ts";

const image = new Uint8Array(64);
image.set([0x41, 0x52, 0x4d, 0x64], 56);
const gzip = Uint8Array.of(0x1f, 0x8b, 8, 0);

it.each([
  ["Image", image, "kernel"],
  ["vmlinux", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), "kernel"],
  ["Image.gz", gzip, "kernel"],
  ["vmlinuz-6.1", gzip, undefined],
  ["linux-6.1.gz", gzip, "kernel"],
  ["initrd.gz", gzip, "initrd"],
  ["files", new TextEncoder().encode("070701"), "initrd"],
  ["rootfs.xz", new Uint8Array(), "initrd"],
  ["crash.hindsight", Uint8Array.of(0x89, 0x48), undefined],
  ["", new Uint8Array(), undefined],
] as const)("%s is told by its first bytes, or by its name", (name, head, what) => {
  expect(
    recognize({ name, size: head.length, head: Uint8Array.from(head), tail: Uint8Array.from(head.slice(-16)) }),
  ).toBe(what);
});

it("firmware is told by where it starts", () => {
  const bios = new Uint8Array(0x1_0000);
  const file = { name: "bios.bin", size: bios.length, head: bios.slice(0, 1024), tail: bios.slice(-16) };
  expect(recognize(file)).toBeUndefined();
  file.tail[0] = 0xea;
  expect(recognize(file)).toBe("firmware");
});
