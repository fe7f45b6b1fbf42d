/** Register offsets of the PrimeCell UART (Arm DDI 0183, chapter 3). */
export const Offset = {
  DR: 0x00,
  RSR: 0x04,
  FR: 0x18,
  ILPR: 0x20,
  IBRD: 0x24,
  FBRD: 0x28,
  LCR_H: 0x2c,
  CR: 0x30,
  IFLS: 0x34,
  IMSC: 0x38,
  RIS: 0x3c,
  MIS: 0x40,
  ICR: 0x44,
  DMACR: 0x48,
  /** Eight identification registers, a byte in each word. */
  ID: 0xfe0,
} as const;

/** Flag register: receive FIFO empty and full, transmit FIFO empty (always: sending takes no time). */
export const FR_RXFE = 0x10;
export const FR_RXFF = 0x40;
export const FR_TXFE = 0x80;

export const LCR_FEN = 0x10;

/** Data register: the character was a BREAK, and reads as zero. The same flag in the receive status register. */
export const DR_BE = 0x400;
export const RSR_BE = DR_BE >> 8;

export const INT_RX = 0x10;
export const INT_TX = 0x20;
export const INT_RT = 0x40;
export const INT_BE = 0x200;
/** The interrupts that reach the combined output: errors, receive timeout, transmit, receive, modem status. */
export const INT_ALL = 0x7ff;

/** Receive FIFO of revision r1p4 and earlier. */
export const FIFO_DEPTH = 16;

export const ID_BYTES = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
