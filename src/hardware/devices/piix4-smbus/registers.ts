/** Ports from the SMBus's first (Intel 82371AB, "SMBus I/O Space Registers"; the last is of later chips). */
export const Offset = {
  STATUS: 0x00,
  CONTROL: 0x02,
  COMMAND: 0x03,
  ADDRESS: 0x04,
  DATA0: 0x05,
  DATA1: 0x06,
  BLOCK: 0x07,
  AUXILIARY: 0x0d,
} as const;

export const Status = { BUSY: 1, DONE: 2, ERROR: 4, KILLED: 0x10, BYTE_DONE: 0x80 } as const;

export const INTERRUPTS = 1;
export const KILL = 2;
export const LAST_BYTE = 0x20;
export const START = 0x40;
/** What is read of the control register. */
export const CONTROL_READABLE = 0x1f;
export const PROTOCOL_SHIFT = 2;
export const Protocol = {
  QUICK: 0,
  BYTE: 1,
  BYTE_DATA: 2,
  WORD_DATA: 3,
  BLOCK_DATA: 5,
  I2C_BLOCK_READ: 6,
} as const;

/** Blocks are buffered, not given byte by byte. */
export const BUFFERED = 2;
export const AUXILIARY_BITS = 3;
export const BLOCK_BYTES = 32;
