import { type Bytes, u16, u32 } from "../bytes.ts";
import { table } from "./table.ts";

const LOCAL_APIC_BASE = 0xfee0_0000;
const IO_APIC_BASE = 0xfec0_0000;
const ACTIVE_HIGH_LEVEL = 0x0d;
const ENABLED = 1;

/** The entry of CPU 0. */
export function localApic(): Bytes {
  return [0, 8, 0, 0, ...u32(ENABLED)];
}

/** Interrupt controllers (ACPI specification, 5.2.12): the timer's interrupt is input 2, and those that PCI's links may be are level-triggered. */
export function madt(): Bytes {
  const HAS_8259 = 1;
  const ioApic = [1, 12, 0, 0, ...u32(IO_APIC_BASE, 0)];
  const override = (irq: number, input: number, flags: number): Bytes => [2, 10, 0, irq, ...u32(input), ...u16(flags)];
  const overrides = [override(0, 2, 0), ...[5, 9, 10, 11].map((irq) => override(irq, irq, ACTIVE_HIGH_LEVEL))];
  const nmiToAllCpus = [4, 6, 0xff, ...u16(0), 1];
  const entries = [localApic(), ioApic, ...overrides, nmiToAllCpus];
  return table("APIC", [...u32(LOCAL_APIC_BASE, HAS_8259), ...entries.flat()]);
}
