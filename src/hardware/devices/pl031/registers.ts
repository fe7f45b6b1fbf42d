/** Register offsets of the PrimeCell real-time clock (Arm DDI 0224, chapter 3). */
export const Offset = {
  DR: 0x00,
  MR: 0x04,
  LR: 0x08,
  CR: 0x0c,
  IMSC: 0x10,
  RIS: 0x14,
  MIS: 0x18,
  ICR: 0x1c,
  /** Eight identification registers, a byte in each word. */
  ID: 0xfe0,
} as const;

export const ID_BYTES = [0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
