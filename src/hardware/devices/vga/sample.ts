import type { MemoryBlock } from "../../memory.ts";
import type { Sample } from "../../testing/sample.ts";
import { Vga } from "./vga.ts";

const BYTES = 0x100_0000;

/** Video memory of its own. */
export function videoMemory(bytes = BYTES): MemoryBlock {
  const all = new Uint8Array(bytes);
  return {
    ...{ name: "vram", bytes, firstPage: 0 },
    read: (offset, length) => all.slice(offset, offset + length),
    write: (offset, from) => all.set(from, offset),
  };
}

const nothing: MemoryBlock = {
  ...{ name: "vram", bytes: BYTES, firstPage: 0 },
  read: (offset, length) => new Uint8Array(length).fill(offset),
  write: () => {},
};

export const sample = (): Sample => {
  const device = new Vga(nothing);
  const indexed = (port: number, index: number, value: number): void => {
    device.ports.write(port, 1, index);
    device.ports.write(port + 1, 1, value);
  };
  return {
    device,
    use() {
      device.window.read(5, 1);
      device.registers.write(0x604, 4, 0xbebe_bebe);
      device.ports.write(0x12, 1, 0x63);
      for (let index = 0; index < 9; index++) {
        indexed(0x14, index, 0xff);
        indexed(0x1e, index, 0x55);
        indexed(0x24, index, 0xaa);
        device.ports.write(0x19, 1, index);
      }
      device.ports.write(0x10, 1, 0x10);
      device.ports.read(0x2a, 1);
      for (const [index, value] of [
        [1, 640],
        [2, 480],
        [3, 32],
        [4, 0x41],
      ] as const) {
        // prettier-ignore
        device.dispi.write(0, 2, index);
        device.dispi.write(1, 2, value);
      }
    },
    step(random) {
      const what = random(8);
      if (what === 0) indexed(0x14, random(8), random(256));
      else if (what === 1) indexed(0x1e, random(16), random(256));
      else if (what === 2) device.window.write(random(0x20000), 1, random(256));
      else if (what === 3) device.window.read(random(0x20000), 1);
      else if (what === 4) {
        device.dispi.write(0, 2, random(11));
        device.dispi.write(1, 2, random(2) ? random(2048) : random(256));
      } else if (what === 5) device.registers.write(random(0x1000), 2, random(256));
      else if (what === 6) device.ports.read(random(48), 1);
      else device.ports.write(random(48), 1, random(256));
    },
  };
};
