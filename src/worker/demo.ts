import type { MachineConfiguration } from "../machine/index.ts";
import { SEMANTICS } from "../timetravel/index.ts";

/**
 * The demo's machine: the page boots it, and the recording that comes with a site (tools/demo) is one of it. A panic
 * asks for a reset at once (`panic=-1`), which ends the recording.
 */
export const demoConfiguration: MachineConfiguration = {
  board: "virt",
  cpu: "cortex-a53",
  ramBytes: 256 * 2 ** 20,
  shift: 0,
  append: "console=ttyAMA0 earlycon nokaslr panic=-1",
  reboot: false,
  randomness: true,
  semantics: SEMANTICS,
};
