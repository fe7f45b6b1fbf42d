/** Slots that may be removed, by a bit each, of the bus that is selected. */
export const Offset = { REMOVABLE: 0x0c, BUS: 0x10 } as const;
export const LAST_BUS = 255;
