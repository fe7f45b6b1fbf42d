/** Commands of the Intel set, as parallel NOR flash takes them (Common Flash Interface publication 100, command set 1). */
export const Command = {
  PROGRAM: 0x40,
  PROGRAM_ALTERNATE: 0x10,
  ERASE: 0x20,
  CLEAR_STATUS: 0x50,
  LOCK: 0x60,
  READ_STATUS: 0x70,
  READ_ID: 0x90,
  QUERY: 0x98,
  WRITE_BUFFER: 0xe8,
  READ_ARRAY: 0xff,
} as const;

/** Second cycles. */
export const CONFIRM = 0xd0;
export const SET_LOCK = 0x01;

/** Status: not busy, which these chips never are. */
export const READY = 0x80;
/** Status: the last word for the write buffer was not for the block that it holds. */
export const PROGRAM_ERROR = 0x10;

/** Two chips of 16 bits side by side make a word of 4 bytes; both are told and say the same. */
export const CHIP_BYTES = 2;
export const CHIPS = 2;
export const WORD_BYTES = CHIP_BYTES * CHIPS;
export const SECTOR_BYTES = 0x4_0000;
/** Of both chips' write buffers, which begin at a multiple of this. */
export const BUFFER_BYTES = 0x1000;
export const BANK_BYTES = 0x400_0000;

export const IDS = [0x89, 0x18] as const;

/** What a query answers from word 0x10 on, per chip (JEDEC JESD68.01, section 4): QEMU's `virt`. */
export const QUERY_BASE = 0x10;
export const QUERY_ANSWERS: readonly number[] = [
  ...[0x51, 0x52, 0x59], // "QRY"
  ...[0x01, 0x00, 0x31, 0x00], // command set 1, its own table at 0x31
  ...[0x00, 0x00, 0x00, 0x00], // no alternate set
  ...[0x45, 0x55, 0x00, 0x00], // supply 4.5 to 5.5 V, no programming voltage
  ...[0x07, 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00], // times: typical, then longest, as powers of two
  ...[0x19, 0x02, 0x00, 0x0b, 0x00], // 2^25 bytes, 8 or 16 bits wide, 2^11 bytes in the write buffer
  ...[0x01, 0xff, 0x00, 0x00, 0x02], // one region of 256 sectors of 512 × 256 bytes
  ...[0x50, 0x52, 0x49, 0x31, 0x30], // "PRI", version 1.0
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1], // no extras; one protection field
];
