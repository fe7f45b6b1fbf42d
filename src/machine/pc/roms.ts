import { UserError } from "../../base/index.ts";
import type { Images } from "../machine.ts";
import { isFirmwareSize } from "./kernel.ts";
import { memoryMap } from "./memory-map.ts";

/** Of images that may be any file. Throws UserError for what is missing, or has no place. */
export function checkRoms({ firmware, vgarom }: Images, hasVideo: boolean): void {
  if (!firmware) throw new UserError("a pc needs a BIOS, which is not here: name one with -bios FILE");
  if (!isFirmwareSize(firmware.length))
    throw new UserError(`a BIOS of ${firmware.length} bytes: a multiple of 64 KB up to 16 MB is possible`);
  if (!hasVideo) return;
  if (!vgarom) throw new UserError("the BIOS of the graphics card is not here: -vga none does without");
  if (vgarom.length > memoryMap.videoRom)
    throw new UserError(`a graphics card's BIOS of ${vgarom.length} bytes: there is room for 64 KB`);
}
