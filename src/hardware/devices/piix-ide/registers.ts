/** Registers of a channel, from its first port (ATA, "Register delivered data transfer"); the data register takes 2 and 4 bytes, too. */
export const Register = { DATA: 0, DEVICE: 6, COMMAND: 7 } as const;

export const DEVICE_SECOND = 0x10;
/** Device control: no interrupts. */
export const CONTROL_NO_INTERRUPT = 2;

/** Ports of a channel's bus master (PIIX3, 2.7): command, status, and the address of its table. */
export const BusMaster = { COMMAND: 0, STATUS: 2, ADDRESS: 4, BYTES: 8 } as const;
export const BM_START = 1;
export const BM_COMMAND = 9;
export const BM_ACTIVE = 1;
/** Cleared by a 1. */
export const BM_EVENTS = 6;
export const BM_INTERRUPT = 4;
/** Firmware's: which drives can do it. */
export const BM_CAPABLE = 0x60;
