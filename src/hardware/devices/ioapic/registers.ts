/** Offsets (Intel 82093AA, "I/O APIC Registers"; EOI is of version 20h). */
export const Offset = { SELECT: 0x00, WINDOW: 0x10, EOI: 0x40 } as const;

/** What SELECT selects: registers, and two halves for each pin. */
export const Register = { ID: 0, VERSION: 1, ARBITRATION: 2, TABLE: 0x10 } as const;

export const PINS = 24;
/** Version 20h, and the number of the last pin. */
export const VERSION = 0x20 | ((PINS - 1) << 16);
export const ID_SHIFT = 24;
export const ID_BITS = 0xf;

/** A pin's entry, low half. The high half is a destination in its upper eight bits. */
export const ENTRY_VECTOR = 0xff;
export const ENTRY_DELIVERY = 7 << 8;
export const ENTRY_EXTINT = 7 << 8;
export const ENTRY_LOGICAL = 1 << 11;
const ENTRY_PENDING = 1 << 12;
export const ENTRY_REMOTE_IRR = 1 << 14;
export const ENTRY_LEVEL = 1 << 15;
export const ENTRY_MASKED = 1 << 16;
export const ENTRY_READ_ONLY = ENTRY_PENDING | ENTRY_REMOTE_IRR;

/** A message's address: who it is for, and how they are named. Its data are as an entry's low half. */
export const MESSAGE_BASE = 0xfee0_0000;
export const MESSAGE_DESTINATION_SHIFT = 12;
export const MESSAGE_LOGICAL = 1 << 2;
