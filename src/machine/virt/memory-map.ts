/** QEMU's `virt`: where everything is. Physical addresses and sizes in bytes. */
export const memoryMap = {
  flash: { base: 0, size: 0x400_0000, count: 2 },
  gicDistributor: { base: 0x0800_0000, size: 0x1_0000 },
  gicCpuInterface: { base: 0x0801_0000, size: 0x1_0000 },
  gicv2m: { base: 0x0802_0000, size: 0x1000 },
  uart: { base: 0x0900_0000, size: 0x1000 },
  rtc: { base: 0x0901_0000, size: 0x1000 },
  fwCfg: { base: 0x0902_0000, size: 0x18 },
  gpio: { base: 0x0903_0000, size: 0x1000 },
  /** Not QEMU's; in a place where that has nothing. */
  watchdog: { base: 0x090f_0000, size: 0x1000 },
  virtio: { base: 0x0a00_0000, size: 0x200, count: 32 },
  platformBus: { base: 0x0c00_0000, size: 0x200_0000 },
  pcieMemory: { base: 0x1000_0000, size: 0x2eff_0000 },
  pciePorts: { base: 0x3eff_0000, size: 0x1_0000 },
  pcieConfiguration: { base: 0x40_1000_0000, size: 0x1000_0000 },
  pcieHighMemory: { base: 0x80_0000_0000, size: 0x80_0000_0000 },
  ram: { base: 0x4000_0000 },
} as const;

/** Shared peripheral interrupts by number; their interrupt id is 32 more. */
export const spi = { uart: 1, rtc: 2, pcie: 3, gpio: 7, watchdog: 10, virtio: 16, messages: 48 } as const;

/** Interrupts that messages raise. */
export const MESSAGE_SPIS = 64;

/** Private peripheral interrupts by number; their interrupt id is 16 more. */
export const ppi = { counters: 7, virtualTimer: 11, physicalTimer: 14, secureTimer: 13, hypervisorTimer: 10 } as const;

export const spiId = (number: number): number => 32 + number;
export const ppiId = (number: number): number => 16 + number;
