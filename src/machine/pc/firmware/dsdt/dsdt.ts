import { type Aml, device, io, named, resources, scope, text } from "../aml/index.ts";
import type { FirmwareConfiguration } from "../configuration.ts";
import { localApic } from "../acpi/madt.ts";
import { cpuHotplug } from "./cpu-hotplug.ts";
import { debugPort } from "./debug-port.ts";
import { hpet } from "./hpet.ts";
import { fixedLink, interruptLinks, linkMethods } from "./interrupt-links.ts";
import { interruptRouting, pciRoot, slotControl } from "./pci-root.ts";
import { sleepStates } from "./sleep.ts";
import { pciSlots, slotEvent } from "./slots.ts";
import { SHOWN_TO_DRIVERS, windows } from "./windows.ts";

/** The machine's namespace, in the order of QEMU's. */
export function namespace(configuration: FirmwareConfiguration): Aml {
  return [
    debugPort(),
    pciRoot(),
    slotControl(),
    scope("_SB", interruptRouting(), ...linkMethods(), ...interruptLinks(), fixedLink()),
    ...(configuration.hpet ? [hpet()] : []),
    scope("_GPE", named("_HID", text("ACPI0006"))),
    ...cpuHotplug(localApic()),
    windows(configuration),
    sleepStates(),
    fwCfg(),
    pciSlots(configuration),
    slotEvent(),
  ].flat();
}

function fwCfg(): Aml {
  const ports = resources(io(0x510, 1, 12));
  const interface_ = device(
    "FWCF",
    named("_HID", text("QEMU0002")),
    named("_STA", SHOWN_TO_DRIVERS),
    named("_CRS", ports),
  );
  return scope("\\_SB.PCI0", interface_);
}
