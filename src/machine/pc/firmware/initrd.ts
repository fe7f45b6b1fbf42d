import { UserError } from "../../../base/index.ts";
import { type FwCfgItem, FwCfgKey, littleEndian, sized } from "../../../hardware/index.ts";

const PAGE = 4096;

/** Where an initrd goes: as high as its last byte may lie. Throws UserError if there is no room. */
export function initrdAddress(bytes: number, last: number): number {
  if (bytes >= last) throw new UserError(`the initrd does not fit: ${bytes} bytes, and room for ${Math.max(last, 0)}`);
  return Math.floor((last - bytes) / PAGE) * PAGE;
}

export function initrdItems(initrd: Uint8Array, last: number): FwCfgItem[] {
  return [
    [FwCfgKey.INITRD_ADDRESS, littleEndian(4, initrdAddress(initrd.length, last))],
    ...sized(FwCfgKey.INITRD_SIZE, FwCfgKey.INITRD_DATA, initrd),
  ];
}
