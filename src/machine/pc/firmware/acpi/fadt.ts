import { type Bytes, u16, u32, u8 } from "../bytes.ts";
import { GPE0 } from "../dsdt/windows.ts";
import { table } from "./table.ts";

/** Where the table has the addresses of FACS and DSDT. */
export const FADT_FACS = 36;
export const FADT_DSDT = 40;

const SCI = 9;
/** Where firmware puts the PIIX's power management. */
const PM = 0x600;
const NO_SUCH_STATE = 0xfff;
const CENTURY_IN_CMOS = 0x32;

const Flag = {
  WBINVD: 1 << 0,
  C1: 1 << 2,
  NO_FIXED_SLEEP_BUTTON: 1 << 5,
  ALARM_WAKES_FROM_S4: 1 << 7,
  PLATFORM_TIMER: 1 << 15,
} as const;

/** Fixed hardware (ACPI specification, 5.2.9), in its form of ACPI 1.0: there is no SMM that would have to be left. */
export function fadt(facs: number, dsdt: number): Bytes {
  const MULTIPLE_APIC = 1;
  const flags = Flag.WBINVD | Flag.C1 | Flag.NO_FIXED_SLEEP_BUTTON | Flag.ALARM_WAKES_FROM_S4 | Flag.PLATFORM_TIMER;
  return table("FACP", [
    ...u32(facs, dsdt),
    ...u8(MULTIPLE_APIC, 0),
    ...u16(SCI),
    // SMI's port, and what to write there.
    ...u32(0, 0),
    // PM1's events and controls, a and b; PM2's control; the timer; general events.
    ...u32(PM, 0, PM + 4, 0, 0, PM + 8, GPE0.PORT, 0),
    // Their lengths.
    ...u8(4, 2, 0, 4, GPE0.LENGTH, 0, 0, 0),
    // Latencies of C2 and C3; cache flushing; duty cycle.
    ...u16(NO_SUCH_STATE, NO_SUCH_STATE, 0, 0),
    ...u8(0, 0),
    // Day and month of the alarm, century.
    ...u8(0, 0, CENTURY_IN_CMOS, 0, 0, 0),
    ...u32(flags),
  ]);
}
