/** Register offsets of QEMU's firmware configuration device over MMIO (QEMU, docs/specs/fw_cfg). */
export const Offset = {
  /** The next bytes of the selected item, in memory order; 1 to 8 bytes wide. */
  DATA: 0x00,
  /** 16 bits, big-endian, write only. */
  SELECTOR: 0x08,
  /** 64 bits, big-endian; writing the low half starts a transfer. Reads as a signature. */
  DMA: 0x10,
} as const;

/** Well-known items. */
export const Key = {
  SIGNATURE: 0x00,
  ID: 0x01,
  UUID: 0x02,
  RAM_SIZE: 0x03,
  CPUS: 0x05,
  KERNEL_SIZE: 0x08,
  INITRD_SIZE: 0x0b,
  KERNEL_DATA: 0x11,
  INITRD_DATA: 0x12,
  CMDLINE_SIZE: 0x14,
  CMDLINE_DATA: 0x15,
  FILE_DIRECTORY: 0x19,
  FIRST_FILE: 0x20,
} as const;

/** Bit of a selector that once made the item writable through the data register. */
export const SELECT_FOR_WRITING = 0x4000;

/** Item ID: the traditional and the DMA interface exist. */
export const ID_FEATURES = 3;

export const DMA_SIGNATURE = "QEMU CFG";

/** Control word of a DMA descriptor; the selector, if any, stands in the upper half. */
export const DMA_ERROR = 0x01;
export const DMA_READ = 0x02;
export const DMA_SKIP = 0x04;
export const DMA_SELECT = 0x08;
export const DMA_WRITE = 0x10;
export const DMA_DESCRIPTOR_BYTES = 16;
