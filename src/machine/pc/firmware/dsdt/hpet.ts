import {
  type Aml,
  device,
  eisaId,
  either,
  equal,
  field,
  FieldAccess,
  give,
  greater,
  local,
  memory32,
  method,
  named,
  operationRegion,
  resources,
  scope,
  shiftRight,
  Space,
  store,
  when,
} from "../aml/index.ts";
import { HPET_BASE } from "../hpet.ts";

const BYTES = 0x400;
/** Longer periods are none, in femtoseconds (IA-PC HPET, 2.3.4). */
const LONGEST_PERIOD = 100_000_000;
const PRESENT = 0x0f;

/** It is there if its registers have a maker and a period. */
export function hpet(): Aml {
  const [maker, period] = [local(0), local(1)];
  return scope(
    "_SB",
    device(
      "HPET",
      named("_HID", eisaId("PNP0103")),
      named("_UID", 0),
      operationRegion("HPTM", Space.MEMORY, HPET_BASE, BYTES),
      field("HPTM", FieldAccess.DWORD | FieldAccess.LOCK, ["VEND", 32], ["PRD", 32]),
      method(
        "_STA",
        0,
        store("VEND", maker),
        store("PRD", period),
        shiftRight(maker, 16, maker),
        when(either(equal(maker, 0), equal(maker, 0xffff)), give(0)),
        when(either(equal(period, 0), greater(period, LONGEST_PERIOD)), give(0)),
        give(PRESENT),
      ),
      named("_CRS", resources(memory32(HPET_BASE, BYTES))),
    ),
  );
}
