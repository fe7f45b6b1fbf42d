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
  NO_GRAPHIC: 0x04,
  CPUS: 0x05,
  KERNEL_ADDRESS: 0x07,
  KERNEL_SIZE: 0x08,
  INITRD_ADDRESS: 0x0a,
  INITRD_SIZE: 0x0b,
  BOOT_MENU: 0x0e,
  MAX_CPUS: 0x0f,
  KERNEL_ENTRY: 0x10,
  KERNEL_DATA: 0x11,
  INITRD_DATA: 0x12,
  CMDLINE_ADDRESS: 0x13,
  CMDLINE_SIZE: 0x14,
  CMDLINE_DATA: 0x15,
  SETUP_ADDRESS: 0x16,
  SETUP_SIZE: 0x17,
  SETUP_DATA: 0x18,
  FILE_DIRECTORY: 0x19,
  FIRST_FILE: 0x20,
  /** Of a PC only, as all from 8000h. */
  IRQ0_OVERRIDE: 0x8002,
  HPET: 0x8004,
} as const;

export const FILE_SLOTS = 0x20;
export const DIRECTORY_ENTRY_BYTES = 64;
export const FILE_NAME_BYTES = 56;

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
