/** Register offsets of a virtio transport over MMIO (Virtio 1.2, section 4.2.2). */
export const Offset = { MAGIC: 0x00, VERSION: 0x04, DEVICE_ID: 0x08, VENDOR_ID: 0x0c } as const;

/** "virt", little-endian. */
export const MAGIC = 0x74726976;
/** The legacy interface, QEMU's default here. */
export const VERSION = 1;
/** "QEMU", little-endian. */
export const VENDOR_ID = 0x554d4551;
