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
  CAPABILITIES: 0x34,
  INTERRUPT_LINE: 0x3c,
  INTERRUPT_PIN: 0x3d,
  /** The function's own registers begin here. */
  OWN: 0x40,
} as const;

export const COMMAND_IO = 1;
export const COMMAND_MEMORY = 2;
export const COMMAND_MASTER = 4;
export const COMMAND_NO_INTERRUPT = 0x400;
/** I/O, memory, master, SERR, no INTx. */
export const COMMAND_WRITABLE = 0x507;
/** INTx# is asserted, if the command register lets it. */
export const STATUS_INTERRUPT = 8;
export const STATUS_CAPABILITIES = 0x10;
/** DEVSEL# is medium; fast back-to-back. */
export const STATUS_MEDIUM = 0x200;
export const STATUS_FAST = 0x80;
/** Errors: writing 1 clears. */
export const STATUS_CLEARABLE = 0xf900;

export const MULTIFUNCTION = 0x80;
export const BAR_PORTS = 1;
export const BAR_PREFETCHABLE = 8;
export const ROM_ENABLED = 1;

/** Message signalled interrupts: a capability of 14 bytes, of one message (PCI Local Bus Specification 3.0, 6.8.1). */
export const Message = { ID: 0, CONTROL: 2, ADDRESS: 4, ADDRESS_HIGH: 8, DATA: 12, BYTES: 14 } as const;
export const MESSAGE_ID = 5;
export const MESSAGE_64_BITS = 0x80;
export const MESSAGE_ENABLED = 1;
/** Bits that are written, by byte of the capability. */
export const MESSAGE_WRITABLE = [0, 0, 0x71, 0, 0xfc, ...Array<number>(9).fill(0xff)] as const;
