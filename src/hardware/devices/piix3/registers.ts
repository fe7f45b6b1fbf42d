/** Intel 82371SB data sheet, 2.3.11: interrupt lines of PIRQA# to PIRQD#; the upper bit disables. */
export const ROUTES = 0x60;
export const PIRQS = 4;
/** Interrupts of the i8259s, which are inputs of the I/O APIC, too. */
export const LINES = 16;
