import type { Line } from "../../device.ts";
import type { I8259 } from "../i8259/i8259.ts";
import type { IoApic } from "./ioapic.ts";

const ISA_LINES = 16;
/** The i8259's input 0, the interval timer's, is pin 2 of the I/O APIC, where its cascade would be. */
const TIMER = 0;
const TIMER_PIN = 2;

/** An interrupt line of a PC, 0 to 23: it drives a pin of the I/O APIC, and the first 16 an input of the i8259s before it. */
export function gsi(number: number, pic: I8259, ioapic: IoApic): Line {
  const pin = number === TIMER ? TIMER_PIN : number;
  return {
    set(level) {
      if (number < ISA_LINES) pic.setInput(number, level);
      ioapic.setInput(pin, level);
    },
  };
}
