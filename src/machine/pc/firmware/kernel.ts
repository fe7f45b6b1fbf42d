import { UserError } from "../../../base/index.ts";
import type { FwCfgItem } from "../../../hardware/index.ts";
import type { FirmwareConfiguration, KernelImages } from "./configuration.ts";
import { type ElfSegment, isElf } from "../../elf.ts";
import { isBzImage, linuxItems } from "./linux-boot.ts";
import { multibootHeader, multibootKernel } from "./multiboot.ts";
import { pvhKernel } from "./pvh.ts";
import { splitRam } from "./ram.ts";

/** A kernel as firmware gets it. */
export interface OfferedKernel {
  /** For an option ROM, which fetches and starts the kernel. */
  readonly items: readonly FwCfgItem[];
  /** That ROM, of QEMU's; it boots before anything else. */
  readonly rom: "linuxboot_dma.bin" | "multiboot_dma.bin" | "pvh.bin";
  /** What is in RAM at power-on and after each reset. */
  readonly segments: readonly ElfSegment[];
}

/** What QEMU keeps for ACPI's tables at the end of RAM below 4 GB. */
const ACPI_BYTES = 0x2_8000;

/** The option ROM for a kernel: one for each way that kernels are entered. Damaged ones get the first. */
export function bootRomOf(kernel: Uint8Array): OfferedKernel["rom"] {
  if (isBzImage(kernel)) return "linuxboot_dma.bin";
  if (multibootHeader(kernel) !== undefined) return "multiboot_dma.bin";
  return isElf(kernel) ? "pvh.bin" : "linuxboot_dma.bin";
}

/** Takes what QEMU's `pc` does: a bzImage, a Multiboot kernel, an ELF kernel with a PVH note. Throws UserError for others, and for what does not fit. */
export function offerKernel(
  images: KernelImages,
  { ramBytes, maxRamBelow4G }: Pick<FirmwareConfiguration, "ramBytes" | "maxRamBelow4G">,
): OfferedKernel {
  const { kernel } = images;
  if (kernel.length === 0) throw new UserError("the kernel is empty");
  const ramEnd = splitRam(ramBytes, maxRamBelow4G).below4G;
  const usableBytes = ramEnd - ACPI_BYTES;
  if (isBzImage(kernel)) return { items: linuxItems(images, usableBytes), rom: "linuxboot_dma.bin", segments: [] };
  const header = multibootHeader(kernel);
  if (header !== undefined) return { ...multibootKernel(images, header, ramEnd), rom: "multiboot_dma.bin" };
  if (isElf(kernel)) return { ...pvhKernel(images, ramEnd, usableBytes), rom: "pvh.bin" };
  throw new UserError("the kernel is no bzImage, no Multiboot kernel and no ELF file");
}
