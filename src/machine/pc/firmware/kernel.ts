import { UserError } from "../../../base/index.ts";
import type { FwCfgItem } from "../../../hardware/index.ts";
import type { FirmwareConfiguration, KernelImages } from "./configuration.ts";
import { isBzImage, linuxItems } from "./linux-boot.ts";
import { splitRam } from "./ram.ts";

/** A kernel as firmware gets it. */
export interface OfferedKernel {
  /** For an option ROM, which fetches and starts the kernel. */
  readonly items: readonly FwCfgItem[];
  /** That ROM, of QEMU's; it boots before anything else. */
  readonly rom: "linuxboot_dma.bin";
}

/** What QEMU keeps for ACPI's tables at the end of RAM below 4 GB. */
const ACPI_BYTES = 0x2_8000;

/** Throws UserError for a kernel that QEMU's `pc` boots by no means, or that does not fit. */
export function offerKernel(
  images: KernelImages,
  { ramBytes, maxRamBelow4G }: Pick<FirmwareConfiguration, "ramBytes" | "maxRamBelow4G">,
): OfferedKernel {
  if (images.kernel.length === 0) throw new UserError("the kernel is empty");
  const usableBytes = splitRam(ramBytes, maxRamBelow4G).below4G - ACPI_BYTES;
  if (isBzImage(images.kernel)) return { items: linuxItems(images, usableBytes), rom: "linuxboot_dma.bin" };
  throw new UserError("the kernel is no bzImage");
}
