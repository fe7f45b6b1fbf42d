import {
  acquire,
  type Aml,
  and,
  arg,
  call,
  device,
  give,
  local,
  method,
  named,
  notify,
  pack,
  release,
  scope,
  serialized,
  store,
  when,
} from "../aml/index.ts";
import type { FirmwareConfiguration } from "../configuration.ts";
import { isaDevices } from "./isa-devices.ts";

const SLOTS = 32;
const ISA_BRIDGE = 1;
const VGA = 2;
/** Events that slots are told of. */
const DEVICE_CHECK = 1;
const EJECT_REQUEST = 3;

/** The PCI bus, slot by slot; devices of the board stay, the others may come and go. */
export function pciSlots(configuration: FirmwareConfiguration): Aml {
  const fixed = [0, ISA_BRIDGE, ...(configuration.vga ? [VGA] : [])];
  const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
  const pluggable = slots.filter((slot) => !fixed.includes(slot));
  const contents = (slot: number): Aml[] => {
    if (pluggable.includes(slot)) return ejection(slot);
    if (slot === ISA_BRIDGE) return isaDevices(configuration);
    return slot === VGA ? staysAwake() : [];
  };
  return scope(
    "\\_SB",
    scope(
      "PCI0",
      named("BSEL", 0),
      ...slots.map((slot) => device(slotName(slot), ...common(slot), ...contents(slot))),
      method("DVNT", 2, ...pluggable.map((slot) => when(and(arg(0), 2 ** slot), notify(slotName(slot), arg(1))))),
      method("PCNT", 0, store(0, "BNUM"), call("DVNT", "PCIU", DEVICE_CHECK), call("DVNT", "PCID", EJECT_REQUEST)),
    ),
  );
}

/** By slot and function, as PCI packs them. */
function slotName(slot: number): string {
  return `S${(slot << 3).toString(16).toUpperCase().padStart(2, "0")}`;
}

function common(slot: number): Aml[] {
  const place = local(0);
  return [
    named("_ADR", slot * 2 ** 16),
    named("ASUN", slot),
    serialized(
      "_DSM",
      4,
      store(pack(["BSEL", "ASUN"]), place),
      give(call("PDSM", arg(0), arg(1), arg(2), arg(3), place)),
    ),
  ];
}

function ejection(slot: number): Aml[] {
  return [named("_SUN", slot), method("_EJ0", 1, call("PCEJ", "BSEL", "_SUN"))];
}

/** In S1, S2 and S3 the display adapter is in D0. */
function staysAwake(): Aml[] {
  return ["_S1D", "_S2D", "_S3D"].map((name) => method(name, 0, give(0)));
}

/** The hot plug controller's event. */
export function slotEvent(): Aml {
  const lock = "\\_SB.PCI0.BLCK";
  return scope("_GPE", method("_E01", 0, acquire(lock), call("\\_SB.PCI0.PCNT"), release(lock)));
}
