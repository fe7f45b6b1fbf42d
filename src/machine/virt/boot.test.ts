import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { planBoot } from "./boot.ts";

const MB = 2 ** 20;

function linuxImage(textOffset: number, imageBytes: number, fileBytes: number): Uint8Array {
  const bytes = new Uint8Array(fileBytes).fill(0x5a);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, BigInt(textOffset), true);
  view.setBigUint64(16, BigInt(imageBytes), true);
  view.setUint32(56, 0x644d5241, true);
  return bytes;
}

interface ElfOptions {
  readonly entry?: bigint;
  readonly address?: bigint;
  readonly fileBytes?: bigint;
  readonly memoryBytes?: bigint;
  readonly machine?: number;
}

/** One loadable segment of 16 bytes at offset 120. */
function elf({
  entry = 0x4008_0000n,
  address = 0x4008_0000n,
  fileBytes = 16n,
  memoryBytes = 64n,
  machine = 183,
}: ElfOptions) {
  const bytes = new Uint8Array(136).fill(0xaa, 120);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, machine, true);
  view.setBigUint64(24, entry, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  [120n, address, address, fileBytes, memoryBytes].forEach((value, i) => view.setBigUint64(72 + 8 * i, value, true));
  return bytes;
}

const initrd = new Uint8Array(12345);

describe("Linux images", () => {
  // Measured with QEMU 7.2: `info roms`.
  it.each([
    ["new image", linuxImage(0, 25 * MB, MB), 256, 0x4020_0000, 0x4800_0000, 0x4820_0000],
    ["text offset", linuxImage(0x8_0000, 25 * MB, MB), 256, 0x4008_0000, 0x4800_0000, 0x4820_0000],
    ["little RAM", linuxImage(0, 25 * MB, MB), 64, 0x4020_0000, 0x4200_0000, 0x4220_0000],
    ["image beyond half of RAM", linuxImage(0, 25 * MB, MB), 32, 0x4020_0000, 0x41b0_0000, 0x41c0_0000],
    ["raw", new Uint8Array(4096), 20, 0x4008_0000, 0x40a0_0000, 0x40c0_0000],
    ["no size in the header", linuxImage(0x1234, 0, MB), 256, 0x4008_0000, 0x4800_0000, 0x4820_0000],
  ])("go where QEMU puts them: %s", (_, kernel, ramMb, entry, initrdAt, treeAt) => {
    const plan = planBoot({ kernel, initrd }, ramMb * MB);
    expect(plan.pc).toBe(0x4000_0000);
    expect(plan.segments.map(({ address }) => address)).toEqual([entry, initrdAt, 0x4000_0000]);
    expect(plan.initrd).toEqual({ start: initrdAt, end: initrdAt + initrd.length });
    expect(plan.tree).toEqual({ address: treeAt, bytes: MB });
  });

  it("may be compressed", () => {
    const image = linuxImage(0, 4 * MB, 3 * MB);
    const plan = planBoot({ kernel: gzipSync(image) }, 256 * MB);
    expect(Buffer.compare(plan.segments[0]!.bytes, image)).toBe(0);
    expect(plan.tree!.address).toBe(0x4800_0000);
  });

  it("are refused in one line when they cannot be booted", () => {
    const image = linuxImage(0, 4 * MB, MB);
    const zipped = gzipSync(linuxImage(0, 4 * MB, 3 * MB));
    const cases: [string, Parameters<typeof planBoot>][] = [
      ["the kernel file is empty", [{ kernel: new Uint8Array() }, 256 * MB]],
      ["the kernel does not fit into 2 MB of RAM", [{ kernel: image }, 2 * MB]],
      ["the initrd does not fit into 16 MB of RAM", [{ kernel: image, initrd: new Uint8Array(9 * MB) }, 16 * MB]],
      ["there is no room for the device tree", [{ kernel: image, initrd: new Uint8Array(7 * MB) }, 16 * MB]],
      ["damaged gzip file", [{ kernel: zipped.subarray(0, zipped.length >> 1) }, 256 * MB]],
      ["damaged gzip file", [{ kernel: Uint8Array.of(0x1f, 0x8b, 0xff, 0xff, 0xff) }, 256 * MB]],
      ["damaged kernel image", [{ kernel: linuxImage(2 ** 52, 4 * MB, MB) }, 256 * MB]],
      ["the firmware file is empty", [{ firmware: new Uint8Array() }, 256 * MB]],
      ["the firmware is larger than its flash", [{ firmware: new Uint8Array(64 * MB + 1) }, 256 * MB]],
      ["no room for the device tree", [{ firmware: image }, MB / 2]],
      ["damaged gzip", [{ firmware: image, kernel: zipped.subarray(0, 1000) }, 256 * MB]],
    ];
    for (const [message, args] of cases) {
      expect(() => planBoot(...args), message).toThrow(message);
    }
  });
});

describe("firmware", () => {
  const firmware = new Uint8Array(5000).fill(7);

  it("starts in flash, with the tree at the start of RAM", () => {
    const plan = planBoot({ firmware }, 256 * MB);
    expect(plan).toEqual({
      pc: 0,
      segments: [],
      tree: { address: 0x4000_0000, bytes: MB },
      initrd: undefined,
      firmware,
      offered: undefined,
    });
  });

  it("finds the kernel unpacked, not in RAM", () => {
    const kernel = linuxImage(0, 4 * MB, MB);
    const plan = planBoot({ firmware, kernel: gzipSync(kernel), initrd }, 256 * MB, "quiet");
    expect(plan.segments).toEqual([]);
    expect(Buffer.compare(plan.offered!.kernel, kernel)).toBe(0);
    expect(plan.offered).toMatchObject({ initrd, commandLine: "quiet" });
  });
});

describe("ELF files", () => {
  it("start at their entry, without initrd, and with a tree only where RAM is free", () => {
    const plan = planBoot({ kernel: elf({}), initrd }, 256 * MB);
    expect(plan).toMatchObject({ pc: 0x4008_0000, tree: undefined, initrd: undefined });
    expect(plan.segments).toMatchObject([{ address: 0x4008_0000, memoryBytes: 64 }]);
    const high = elf({ entry: 0x4020_0000n, address: 0x4020_0000n });
    expect(planBoot({ kernel: high }, 256 * MB).tree).toEqual({ address: 0x4000_0000, bytes: MB });
  });

  it("lose what lies outside RAM", () => {
    const low = elf({ address: 0x3fff_fff8n, entry: 0x4000_0000n });
    expect(planBoot({ kernel: low }, 256 * MB).segments).toEqual([
      { address: 0x4000_0000, bytes: new Uint8Array(8).fill(0xaa), memoryBytes: 56 },
    ]);
  });

  it.each<[string, Uint8Array]>([
    ["the header is cut off", elf({}).subarray(0, 40)],
    ["program headers run past the end", elf({}).subarray(0, 100)],
    ["segment 0 runs past the end", elf({ fileBytes: 17n, memoryBytes: 17n })],
    ["segment 0 is larger in the file", elf({ memoryBytes: 8n })],
    ["is out of range", elf({ address: 2n ** 63n })],
    ["is in no part of it that is in RAM", elf({ entry: 0x4100_0000n })],
    ["is in no part of it that is in RAM", elf({ entry: 0x1000n, address: 0x1000n })],
    ["not for little-endian AArch64", elf({ machine: 62 })],
  ])("are refused when damaged: %s", (message, kernel) => {
    expect(() => planBoot({ kernel }, 256 * MB)).toThrow(UserError);
    expect(() => planBoot({ kernel }, 256 * MB)).toThrow(message);
  });
});

it.each([
  ["text", "root:x:0:0:root:/root:/bin/bash\n", "it is text"],
  ["an initrd", "070701000002D1000041ED\0\0", "it is a cpio archive, which is an initrd"],
  ["a packed kernel", "\xfd7zXZ\0\0\x04\xe6\xd6", "it is compressed with xz: unpack it first"],
  ["a disk", "QFI\xfb\0\0\0\x03", "it is a disk image (qcow2)"],
])("refuses what is no kernel, and says what it is: %s", (_, file, what) => {
  const kernel = Uint8Array.from(file, (character) => character.charCodeAt(0));
  const message = `the kernel is neither a Linux Image for arm64 nor an ELF file: ${what}`;
  expect(() => planBoot({ kernel }, 256 * MB)).toThrow(new UserError(message));
});
