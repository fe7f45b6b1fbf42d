import { hexDigits } from "../../../base/index.ts";
import {
  ENTRY_DELIVERY,
  ENTRY_LEVEL,
  ENTRY_LOGICAL,
  ENTRY_MASKED,
  ENTRY_REMOTE_IRR,
  ENTRY_VECTOR,
  PINS,
  Register,
} from "./registers.ts";
import type { IoapicState } from "./state.ts";

const ENTRY_ACTIVE_LOW = 1 << 13;
const DELIVERY_NAMES = ["fixed", "lowest", "SMI", "...", "NMI", "INIT", "...", "extINT"];

/** What QEMU's `info pic` shows of the I/O APIC. */
export function report({ high, id, irr, low, select }: IoapicState): string {
  const pins = Array.from({ length: PINS }, (_, pin) => `  ${describePin(pin, low[pin]!, high[pin]!)}\n`);
  const remote = low.reduce((all, entry, pin) => all | (remoteIrr(entry) ? 1 << pin : 0), 0);
  const pin = (select - Register.TABLE) >> 1;
  const selected = `sel=0x${hexDigits(select, 2)}${select === 0 ? "" : ` (redir[${pin >>> 0}])`}`;
  const head = `ioapic0: ver=0x20 id=0x${hexDigits(id, 2)} ${selected}\n`;
  return `${head}${pins.join("")}  IRR      ${pinsIn(irr)}\n  Remote IRR ${pinsIn(remote)}\n`;
}

const remoteIrr = (entry: number): boolean => (entry & ENTRY_LEVEL) !== 0 && (entry & ENTRY_REMOTE_IRR) !== 0;

function describePin(pin: number, low: number, high: number): string {
  const has = (bit: number): boolean => (low & bit) !== 0;
  const delivery = DELIVERY_NAMES[(low & ENTRY_DELIVERY) >> 8]!;
  const words = [
    `pin ${String(pin).padEnd(2)} 0x${hexDigits(high, 8)}${hexDigits(low, 8)}`,
    `dest=${(high >>> 24).toString(16).toUpperCase()} vec=${String(low & ENTRY_VECTOR).padEnd(3)}`,
    has(ENTRY_ACTIVE_LOW) ? "active-lo" : "active-hi",
    has(ENTRY_LEVEL) ? "level" : "edge ",
    has(ENTRY_MASKED) ? "masked" : "      ",
    delivery.padEnd(6),
    has(ENTRY_LOGICAL) ? "logical" : "physical",
  ];
  return words.join(" ");
}

function pinsIn(set: number): string {
  const pins = Array.from({ length: PINS }, (_, pin) => pin).filter((pin) => (set >>> pin) & 1);
  return pins.length === 0 ? "(none)" : pins.join(" ");
}
