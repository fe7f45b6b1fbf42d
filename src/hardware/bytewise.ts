import type { AccessSize, MmioDevice } from "./device.ts";

/**
 * A device of registers of one byte each: wider accesses are several, the lowest address first, as a PC's bus makes them. What a wide
 * access reaches past its last register is the device's, too (`Bus`).
 */
export function bytewise(device: MmioDevice): MmioDevice {
  return {
    name: device.name,
    read: (offset, size) => {
      let value = 0;
      for (let n = 0; n < size; n++) value += device.read(offset + n, 1) * 2 ** (8 * n);
      return value;
    },
    changesByRead: (offset) => device.changesByRead?.(offset) !== false,
    write: (offset, size: AccessSize, value) => {
      for (let n = 0; n < size; n++) device.write(offset + n, 1, (value >>> (8 * n)) & 0xff);
    },
  };
}
