import {
  acquire,
  add,
  type Aml,
  and,
  arg,
  device,
  eisaId,
  equal,
  field,
  FieldAccess,
  give,
  increment,
  index,
  less,
  local,
  loopWhile,
  method,
  mutex,
  named,
  operationRegion,
  or,
  otherwise,
  pack,
  release,
  scope,
  shiftLeft,
  shiftRight,
  Space,
  store,
  when,
} from "../aml/index.ts";
import { labels } from "./labels.ts";

/** The host bridge. */
export function pciRoot(): Aml {
  const bridge = device("PCI0", named("_HID", eisaId("PNP0A03")), named("_ADR", 0), named("_UID", 0));
  return scope("_SB", bridge);
}

/** Ports of the hot plug controller: slots that came and want to go, what to eject, the bus that is meant and its slots' indices. */
export const HOT_PLUG = { PORTS: 0xae00, EJECT: 0xae08, BUS: 0xae10, LENGTH: 0x18 } as const;

/** Registers of PCI hot plug, and who uses them: eject a slot, ask for its index, its label. */
export function slotControl(): Aml {
  const access = FieldAccess.DWORD | FieldAccess.WRITE_AS_ZEROS;
  const [bus, slot] = [arg(0), arg(1)];
  return scope(
    "_SB.PCI0",
    operationRegion("PCST", Space.IO, HOT_PLUG.PORTS, 8),
    field("PCST", access, ["PCIU", 32], ["PCID", 32]),
    operationRegion("SEJ", Space.IO, HOT_PLUG.EJECT, 4),
    field("SEJ", access, ["B0EJ", 32]),
    operationRegion("BNMR", Space.IO, HOT_PLUG.BUS, 8),
    field("BNMR", access, ["BNUM", 32], ["PIDX", 32]),
    mutex("BLCK"),
    method("PCEJ", 2, acquire("BLCK"), store(bus, "BNUM"), store(shiftLeft(1, slot), "B0EJ"), release("BLCK"), give(0)),
    method(
      "AIDX",
      2,
      acquire("BLCK"),
      store(bus, "BNUM"),
      store(shiftLeft(1, slot), "PIDX"),
      store("PIDX", local(0)),
      release("BLCK"),
      give(local(0)),
    ),
    labels(),
  );
}

const SLOTS = 32;
const PINS = 4;

/** `_PRT`: pin p of slot s is wired to link (s + p - 1) mod 4, but for the power management's, in slot 1: its own. */
export function interruptRouting(): Aml {
  const [table, pin, slot, wire, entry] = [local(0), local(1), local(2), local(3), local(4)];
  const POWER_MANAGEMENT = 1 * PINS;
  const route = (link: string): Aml => store(pack([0, 0, link, 0]), entry);
  return scope(
    "PCI0",
    method(
      "_PRT",
      0,
      store(pack([], SLOTS * PINS), table),
      store(0, pin),
      loopWhile(
        less(pin, SLOTS * PINS),
        store(shiftRight(pin, 2), slot),
        store(and(add(pin, slot), PINS - 1), wire),
        when(equal(wire, 0), route("LNKD")),
        when(equal(wire, 1), when(equal(pin, POWER_MANAGEMENT), route("LNKS")), otherwise(route("LNKA"))),
        when(equal(wire, 2), route("LNKB")),
        when(equal(wire, 3), route("LNKC")),
        store(or(shiftLeft(slot, 16), 0xffff), index(entry, 0)),
        store(and(pin, PINS - 1), index(entry, 1)),
        store(entry, index(table, pin)),
        increment(pin),
      ),
      give(table),
    ),
  );
}
