/** Configuration space of one function, type 0 header. PCI Local Bus Specification 3.0, chapter 6. */
export const CONFIGURATION_BYTES = 256;

export const Config = {
  VENDOR: 0x00,
  DEVICE: 0x02,
  COMMAND: 0x04,
  STATUS: 0x06,
  REVISION: 0x08,
  PROGRAMMING_INTERFACE: 0x09,
  CLASS: 0x0a,
  CACHE_LINE: 0x0c,
  HEADER_TYPE: 0x0e,
  BAR0: 0x10,
  SUBSYSTEM_VENDOR: 0x2c,
  ROM: 0x30,
  INTERRUPT_LINE: 0x3c,
  INTERRUPT_PIN: 0x3d,
  /** The function's own registers begin here. */
  OWN: 0x40,
} as const;

export const COMMAND_IO = 1;
export const COMMAND_MEMORY = 2;
/** I/O, memory, master, SERR, no INTx. */
export const COMMAND_WRITABLE = 0x507;
/** DEVSEL# is medium; fast back-to-back. */
export const STATUS_MEDIUM = 0x200;
export const STATUS_FAST = 0x80;
/** Errors: writing 1 clears. */
export const STATUS_CLEARABLE = 0xf900;

export const MULTIFUNCTION = 0x80;
export const BAR_PORTS = 1;
export const BAR_PREFETCHABLE = 8;
export const ROM_ENABLED = 1;
