import { bytewise } from "../../bytewise.ts";
import type { AccessSize, MmioDevice } from "../../device.ts";
import { EDID } from "./edid.ts";
import { MISC_COLOUR, Port } from "./registers.ts";

/** Offsets of what the card's page of registers has, and where it ends. */
const EDID_END = 0x180;
const PORTS = { from: 0x400, end: 0x420, first: 0x10 } as const;
const DISPI = { from: 0x500, end: 0x516 } as const;
const EXTENDED = { from: 0x600, byteOrder: 0x604, end: 0x608 } as const;

const COLOUR_PORTS: readonly number[] = [Port.CRTC_INDEX, Port.CRTC_DATA, Port.STATUS];

const LITTLE_ENDIAN = 0x1e1e_1e1e;
const BIG_ENDIAN = 0xbebe_bebe;

/** What the page shows of the card. */
export interface VgaRegisters {
  /** Ports 3B0h on. */
  readonly ports: MmioDevice;
  /** Ports 1CEh on: index, data. */
  readonly dispi: MmioDevice;
  /** Of bytes in pixels. */
  readonly order: { bigEndian: boolean };
}

/**
 * The page of registers of QEMU's standard VGA (its docs/specs/standard-vga.txt): the display's data, ports 3C0h to 3DFh, Bochs'
 * registers one by one, and the order of bytes.
 */
export function memoryRegisters(vga: VgaRegisters): MmioDevice {
  const ports = bytewise({
    ...{ name: "vga-registers", changesByRead: () => true },
    // Where ports are nobody's, here zeros are.
    read: (port) =>
      port > Port.GRAPHICS_DATA && !COLOUR_PORTS.includes(port) && vga.ports.read(Port.MISC_READ, 1) & MISC_COLOUR
        ? 0
        : vga.ports.read(port, 1),
    write: (offset, _size, value) => vga.ports.write(offset, 1, value),
  });
  const select = (offset: number): void => vga.dispi.write(0, 2, (offset - DISPI.from) >> 1);
  const steps = (size: AccessSize): number[] => (size === 4 ? [0, 2] : [0]);
  const all = (size: AccessSize): number => 2 ** (8 * size) - 1;

  return {
    name: "vga-registers",
    read(offset, size) {
      if (offset < EDID_END)
        return Array.from({ length: size }, (_, n) => (EDID[offset + n] ?? 0) * 256 ** n).reduce(sum);
      if (offset >= PORTS.from && offset < PORTS.end) return ports.read(offset - PORTS.from + PORTS.first, size);
      if (offset >= DISPI.from && offset < DISPI.end) {
        const halves = steps(size).map((step) => {
          select(offset + step);
          return vga.dispi.read(1, 2) * 256 ** step;
        });
        return halves.reduce(sum) % 2 ** (8 * size);
      }
      if (offset < EXTENDED.from || offset >= EXTENDED.end) return all(size);
      if (size !== 4) return 0;
      if (offset === EXTENDED.from) return EXTENDED.end - EXTENDED.from;
      return vga.order.bigEndian ? BIG_ENDIAN : LITTLE_ENDIAN;
    },
    changesByRead(offset) {
      if (offset >= PORTS.from && offset < PORTS.end)
        return vga.ports.changesByRead!(offset - PORTS.from + PORTS.first);
      return offset >= DISPI.from && offset < DISPI.end;
    },
    write(offset, size, value) {
      if (offset >= PORTS.from && offset < PORTS.end) ports.write(offset - PORTS.from + PORTS.first, size, value);
      else if (offset >= DISPI.from && offset < DISPI.end) {
        for (const step of steps(size)) {
          select(offset + step);
          vga.dispi.write(1, 2, (value >>> (8 * step)) & 0xffff);
        }
      } else if (offset === EXTENDED.byteOrder && size === 4) {
        if (value === LITTLE_ENDIAN || value === BIG_ENDIAN) vga.order.bigEndian = value === BIG_ENDIAN;
      }
    },
  };
}

const sum = (a: number, b: number): number => a + b;
