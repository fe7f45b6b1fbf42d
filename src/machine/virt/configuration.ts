import { UserError } from "../../base/index.ts";
import { MAX_RAM_BYTES } from "../../engine/index.ts";
import type { MachineConfiguration } from "../machine.ts";

/** WebAssembly's pages, which RAM is made of. */
const RAM_UNIT = 65536;
const MB = 2 ** 20;
/** A microsecond per instruction: QEMU's limit too. */
const LARGEST_SHIFT = 10;

/** Throws UserError for a machine that cannot be built. A recording's header may say anything. */
export function checkConfiguration({ board, cpu, ramBytes, shift }: MachineConfiguration): void {
  if (board !== "virt" || cpu !== "cortex-a53")
    throw new UserError(`there is no machine '${board}' with a '${cpu}' here`);
  if (!(ramBytes > 0 && ramBytes <= MAX_RAM_BYTES && ramBytes % RAM_UNIT === 0)) {
    throw new UserError(`RAM of ${ramBytes} bytes: a multiple of 64 KB up to ${MAX_RAM_BYTES / MB} MB is possible`);
  }
  if (!(Number.isInteger(shift) && shift >= 0 && shift <= LARGEST_SHIFT)) {
    throw new UserError(`a shift of ${shift}: 0 to ${LARGEST_SHIFT} is possible`);
  }
}
