import { expect, it } from "vitest";
import { bootRomOf } from "./firmware/kernel.ts";
import { isPcFirmware, isPcKernel } from "./kernel.ts";
import { checkRoms } from "./roms.ts";

function file(...pieces: readonly (readonly [number, readonly number[]])[]): Uint8Array {
  const bytes = new Uint8Array(9000);
  for (const [at, values] of pieces) bytes.set(values, at);
  return bytes;
}
const text = (value: string): number[] => Array.from(value, (letter) => letter.charCodeAt(0));
const elf = (machine: number) => [0, [...text("\x7fELF"), ...Array<number>(14).fill(0), machine]] as const;
const bzImage = file([0x1fe, [0x55, 0xaa, ...[0, 0], ...text("HdrS")]]);
/** Magic, flags and checksum. */
const multiboot = [0x02, 0xb0, 0xad, 0x1b, 3, 0, 0, 0, 0xfb, 0x4f, 0x52, 0xe4];

it("kernels for a PC are known by their first bytes", () => {
  expect(isPcKernel(bzImage)).toBe(true);
  expect([3, 62, 183].map((machine) => isPcKernel(file(elf(machine))))).toEqual([true, true, false]);
  expect(isPcKernel(file([0x202, text("HdrS")]))).toBe(false);
  expect(isPcKernel(new Uint8Array())).toBe(false);
});

it("each way of entering a kernel has its option ROM", () => {
  expect(bootRomOf(bzImage)).toBe("linuxboot_dma.bin");
  expect(bootRomOf(file(elf(3), [0x1000, multiboot]))).toBe("multiboot_dma.bin");
  expect(bootRomOf(file(elf(62), [0x1000, multiboot.with(8, 0)]))).toBe("pvh.bin");
  expect(bootRomOf(file(elf(62), [0x2000, multiboot]))).toBe("pvh.bin");
});

it("firmware is known by its size and its reset vector", () => {
  const tail = Uint8Array.from([0xea, 0x5b, 0xe0, 0x00, 0xf0, ...text("06/23/99"), 0, 0xfc, 0]);
  expect(isPcFirmware(0x4_0000, tail)).toBe(true);
  for (const bytes of [0, 0x4_0001, 2 ** 25]) expect(isPcFirmware(bytes, tail)).toBe(false);
  expect(isPcFirmware(0x4_0000, tail.subarray(1))).toBe(false);
  expect(isPcFirmware(0x4_0000, new Uint8Array(16))).toBe(false);
});

it("ROMs that are missing, or have no place, are told in one line", () => {
  const [firmware, vgarom] = [new Uint8Array(0x1_0000), new Uint8Array(0x9000)];
  expect(() => checkRoms({ firmware, vgarom }, true)).not.toThrow();
  expect(() => checkRoms({ firmware }, false)).not.toThrow();
  expect(() => checkRoms({ vgarom }, true)).toThrow("name one with -bios FILE");
  expect(() => checkRoms({ firmware: new Uint8Array(1000), vgarom }, true)).toThrow("a BIOS of 1000 bytes");
  expect(() => checkRoms({ firmware }, true)).toThrow("-vga none does without");
  expect(() => checkRoms({ firmware, vgarom: new Uint8Array(0x1_0001) }, true)).toThrow("there is room for 64 KB");
});
