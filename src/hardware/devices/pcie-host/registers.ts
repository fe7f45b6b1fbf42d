/** The configuration header of QEMU's generic PCIe host bridge (PCI Local Bus 3.0, section 6.1). */
export const CONFIGURATION_BYTES = 256;

/** What it holds at power-on, by offset of 4 bytes; the rest is zero. */
export const POWER_ON: readonly (readonly [offset: number, value: number])[] = [
  [0x00, 0x0008_1b36], // device, vendor
  [0x08, 0x0600_0000], // class: host bridge
  [0x2c, 0x1100_1af4], // subsystem
];

/** Bits that a write changes. All of what follows the header is plain memory. */
export const WRITABLE: readonly (readonly [offset: number, mask: number])[] = [
  [0x04, 0x0507], // command: I/O, memory, bus master, system error, interrupts off
  [0x0c, 0x00ff], // cache line size
  [0x3c, 0x00ff], // interrupt line
];
export const HEADER_BYTES = 0x40;
