const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;

/** Physical addresses of what QEMU's pc has beside RAM; the upper of two ranges that overlap is asked first. */
export const memoryMap = {
  videoWindow: { base: 0xa_0000, size: 128 * KB },
  /** Where firmware copies option ROMs to, in RAM; what is under it reads as zeros. */
  optionRoms: { base: 0xc_0000, size: 128 * KB },
  /** The BIOS's last 128 KB, below 1 MB; all of it ends at 4 GB. */
  isaBios: { end: MB, size: 128 * KB },
  ioapic: { base: 0xfec0_0000, size: 0x1000 },
  hpet: { base: 0xfed0_0000, size: 0x400 },
  /** The local APIC; messages may be written to all of it. */
  apic: { base: 0xfee0_0000, size: MB },
  high: 4 * GB,
  /** Sizes of what is behind BARs. */
  videoMemory: 16 * MB,
  videoRegisters: 4 * KB,
  videoRom: 64 * KB,
} as const;

/** First ports. */
export const ports = {
  dma: [0x00, 0xc0],
  dmaPages: 0x80,
  pic: [0x20, 0xa0],
  pit: 0x40,
  keyboard: 0x60,
  port61: 0x61,
  keyboardCommand: 0x64,
  rtc: 0x70,
  port92: 0x92,
  apm: 0xb2,
  coprocessor: 0xf0,
  serial: [0x3f8, 0x2f8, 0x3e8, 0x2e8],
  edgeLevel: 0x4d0,
  fwCfg: 0x510,
  fwCfgDma: 0x514,
  pciAddress: 0xcf8,
  resetControl: 0xcf9,
  pciData: 0xcfc,
  gpe: 0xafe0,
  pciHotplug: 0xae00,
  cpuHotplug: 0xaf00,
  ide: { commands: [0x1f0, 0x170], controls: [0x3f6, 0x376] },
  vga: 0x3b0,
  vgaDispi: 0x1ce,
} as const;

/** Inputs of the i8259 pair, and of the I/O APIC. */
export const isaInterrupt = {
  pit: 0,
  keyboard: 1,
  serial: [4, 3, 4, 3],
  rtc: 8,
  acpi: 9,
  mouse: 12,
  coprocessor: 13,
  ide: [14, 15],
} as const;

/** Slots on PCI bus 0: 8 × device + function. */
export const slots = { i440fx: 0x00, piix3: 0x08, ide: 0x09, piix4: 0x0b, vga: 0x10 } as const;
