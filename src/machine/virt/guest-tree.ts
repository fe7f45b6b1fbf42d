import type { Images } from "../machine.ts";
import { type BootPlan, planBoot } from "./boot.ts";
import type { VirtConfiguration } from "./configuration.ts";
import { patchTree, virtTree } from "./device-tree.ts";
import { readFdt, writeFdt } from "./fdt.ts";

type Configuration = Pick<VirtConfiguration, "append" | "ramBytes" | "watchdog">;

/**
 * The device tree as the guest gets it, with the room that it has in RAM; undefined where there is none. `seed`: SEED_BYTES
 * of entropy, or none. Throws UserError for a damaged tree of the user's.
 */
export function guestTree(
  { tree, initrd, firmware }: BootPlan,
  { dtb }: Images,
  { append, ramBytes, watchdog }: Configuration,
  seed: Uint8Array | undefined,
): Uint8Array | undefined {
  if (!tree) return undefined;
  const chosen = { append, ramBytes, initrd, seed, firmware: firmware !== undefined, ...(watchdog && { watchdog }) };
  return writeFdt(dtb ? patchTree(dtb, chosen) : virtTree(chosen), tree.bytes);
}

/** The same without the padding, for a machine that is not made. Throws UserError for images that cannot be booted. */
export function dumpTree(
  images: Images,
  configuration: Configuration,
  seed: Uint8Array | undefined,
): Uint8Array | undefined {
  const plan = planBoot(images, configuration.ramBytes, configuration.append);
  const padded = guestTree(plan, images, configuration, seed);
  return padded && writeFdt(readFdt(padded));
}
