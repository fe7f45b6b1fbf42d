import {
  type Aml,
  busWindow,
  cacheableWindow,
  cacheableWindow64,
  device,
  io,
  ioWindow,
  memoryWindow,
  named,
  resources,
  scope,
  text,
} from "../aml/index.ts";
import type { FirmwareConfiguration } from "../configuration.ts";
import { FOUR_GB, splitRam } from "../ram.ts";
import { HOT_PLUG } from "./pci-root.ts";

const GB = 2 ** 30;
/** PCI memory ends below the I/O APIC's. */
const LAST_BELOW_4G = 0xfebf_ffff;
const BYTES_ABOVE_4G = 2 * GB;
const CONFIGURATION_PORTS = 0xcf8;
export const GPE0 = { PORT: 0xafe0, LENGTH: 4 } as const;
export const SHOWN_TO_DRIVERS = 0x0b;

/** `_CRS` of the host bridge: what is PCI's beside RAM. */
export function windows(configuration: FirmwareConfiguration): Aml {
  const { below4G, above4G } = splitRam(configuration.ramBytes, configuration.maxRamBelow4G);
  const above = Math.ceil((FOUR_GB + above4G) / GB) * GB;
  return scope(
    "\\_SB.PCI0",
    named(
      "_CRS",
      resources(
        busWindow({ first: 0, last: 0xff }),
        io(CONFIGURATION_PORTS, 1, 8),
        ioWindow({ first: 0, last: CONFIGURATION_PORTS - 1 }),
        ioWindow({ first: CONFIGURATION_PORTS + 8, last: 0xffff }),
        cacheableWindow({ first: 0xa_0000, last: 0xb_ffff }),
        memoryWindow({ first: below4G, last: LAST_BELOW_4G }),
        cacheableWindow64({ first: above, last: above + BYTES_ABOVE_4G - 1 }),
      ),
    ),
    reserved("GPE0", "GPE0 resources", GPE0.PORT, GPE0.LENGTH),
    reserved("PHPR", "PCI Hotplug resources", HOT_PLUG.PORTS, HOT_PLUG.LENGTH),
  );
}

/** Ports of the board's in the bridge's window. */
function reserved(name: string, use: string, port: number, length: number): Aml {
  return device(
    name,
    named("_HID", text("PNP0A06")),
    named("_UID", text(use)),
    named("_STA", SHOWN_TO_DRIVERS),
    named("_CRS", resources(io(port, 1, length))),
  );
}
