import type { AccessSize, MmioDevice } from "./device.ts";

/** A device of ports, as QEMU's processor reaches it: a misaligned access reads 0 and writes nothing. */
export function refusesMisaligned(device: MmioDevice): MmioDevice {
  return {
    name: device.name,
    read: (offset, size) => (offset % size === 0 ? device.read(offset, size) : 0),
    changesByRead: (offset) => device.changesByRead?.(offset) !== false,
    write: (offset, size, value) => {
      if (offset % size === 0) device.write(offset, size, value);
    },
  };
}

/**
 * A device in memory, as QEMU's processor reaches it: a misaligned read is two aligned ones that are put together, a misaligned
 * write is one of each byte.
 */
export function splitsMisaligned(device: MmioDevice): MmioDevice {
  return {
    name: device.name,
    read(offset, size) {
      const over = offset % size;
      if (over === 0) return device.read(offset, size);
      const low = Math.floor(device.read(offset - over, size) / 2 ** (8 * over));
      return low + (device.read(offset - over + size, size) % 2 ** (8 * over)) * 2 ** (8 * (size - over));
    },
    changesByRead: (offset) => device.changesByRead?.(offset) !== false,
    write(offset, size: AccessSize, value) {
      if (offset % size === 0) return device.write(offset, size, value);
      for (let n = 0; n < size; n++) device.write(offset + n, 1, (value >>> (8 * n)) & 0xff);
    },
  };
}
