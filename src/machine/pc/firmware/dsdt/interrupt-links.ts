import {
  type Aml,
  and,
  arg,
  call,
  createDwordField,
  device,
  eisaId,
  give,
  interrupts,
  less,
  method,
  named,
  or,
  resources,
  serialized,
  store,
  when,
} from "../aml/index.ts";

/** PIIX's PIRQ registers: 80h disconnects, the low bits are the interrupt. */
const DISCONNECTED = 0x80;
const ENABLED = 0x0b;
const DISABLED = 0x09;
const SCI = 9;
/** Where an interrupt descriptor has its number, in bytes. */
const NUMBER = 5;

/** Helpers of the links: `IQST` the state and `IQCR` the resources that a register means. */
export function linkMethods(): Aml[] {
  return [
    method("IQST", 1, when(and(DISCONNECTED, arg(0)), give(DISABLED)), give(ENABLED)),
    serialized(
      "IQCR",
      1,
      named("PRR0", resources(interrupts(0))),
      createDwordField("PRR0", NUMBER, "PRRI"),
      when(less(arg(0), DISCONNECTED), store(arg(0), "PRRI")),
      give("PRR0"),
    ),
  ];
}

/** LNKA to LNKD, which a guest may connect to other interrupts. */
export function interruptLinks(): Aml[] {
  return ["LNKA", "LNKB", "LNKC", "LNKD"].map((name, number) => {
    const register = `PRQ${number}`;
    return device(
      name,
      named("_HID", eisaId("PNP0C0F")),
      named("_UID", number),
      named("_PRS", resources(interrupts(5, 10, 11))),
      method("_STA", 0, give(call("IQST", register))),
      method("_DIS", 0, or(register, DISCONNECTED, register)),
      method("_CRS", 0, give(call("IQCR", register))),
      method("_SRS", 1, createDwordField(arg(0), NUMBER, "PRRI"), store("PRRI", register)),
    );
  });
}

/** LNKS: the power management's interrupt, which is fixed. */
export function fixedLink(): Aml {
  return device(
    "LNKS",
    named("_HID", eisaId("PNP0C0F")),
    named("_UID", 4),
    named("_PRS", resources(interrupts(SCI))),
    method("_STA", 0, give(ENABLED)),
    method("_DIS", 0),
    method("_CRS", 0, give("_PRS")),
    method("_SRS", 1),
  );
}
