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

/** A guest that the site may have: where its files are, and its machine. */
export interface SiteGuest {
  readonly name: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly configuration: MachineConfiguration;
}

/** The first is the demo's. */
export const siteGuests: readonly [SiteGuest, ...SiteGuest[]] = [
  {
    name: "Debian on arm64",
    kernel: "guest/Image",
    initrd: "guest/initrd.gz",
    configuration: demoConfiguration,
  },
  {
    name: "Debian on x86-64",
    kernel: "guest-amd64/bzImage",
    initrd: "guest-amd64/initrd.gz",
    configuration: {
      ...{ ...demoConfiguration, board: "pc", cpu: "qemu64", append: "console=ttyS0 nokaslr panic=-1" },
      // Its firmware talks to the serial port, which is what the page shows.
      ...{ graphics: false },
    },
  },
];
