import { describe, it } from "vitest";
import { Vga } from "../../src/hardware/index.ts";
import { seeded } from "../../src/hardware/testing/sample.ts";
import { videoMemory } from "../../src/hardware/devices/vga/sample.ts";
import { PcBench } from "./pc-bench.ts";

const WINDOW = 0xa0000;
/** Where their BAR is put. */
const REGISTERS = 0xfebf_0000;

describe("VGA answers as QEMU's", () => {
  it.each([1, 2, 3, 4])("random use, seed %i", async (seed) => {
    const bench = new PcBench(["-vga", "std"]);
    const random = seeded(seed);
    const vga = new Vga(videoMemory());
    bench.map(0x3b0, 48, vga.ports);
    bench.map(0x1ce, 3, vga.dispi);
    bench.mapMemory(WINDOW, 0x20000, vga.window);
    const indexed = (port: number, index: number, value: number): void => {
      bench.write(port, index);
      bench.write(port + 1, value);
      bench.read(port + 1);
    };
    const address = (): number => WINDOW + 0x8000 * random(4) + (random(4) ? random(16) : random(0x8000));
    const registers = [0, 2, 3, 5, 6, 8];
    const dispi = (): void => {
      const index = random(12);
      bench.write(0x1ce, index, 2);
      if (random(2)) {
        const values = [8 * random(200), random(0x10000), random(8), [4, 8, 15, 16, 24, 32][random(6)]!];
        let value = values[random(4)]!;
        if (index === 4) value = random(4) | 0x80;
        if (index === 5) value = random(8);
        bench.write(0x1cf, value, 2);
      }
      for (const each of [index, random(11)]) {
        bench.write(0x1ce, each, 2);
        bench.read(0x1d0, 2);
      }
      bench.read(0x1ce, 2);
    };
    bench.write(0x3c2, 0x67);
    for (let step = 0; step < 2000; step++) {
      switch (random(12)) {
        case 0:
          indexed(0x3c4, random(4) ? 2 + 2 * random(2) : random(8), random(256));
          break;
        case 1:
          indexed(0x3ce, random(2) ? registers[random(6)]! : random(16), random(256));
          break;
        case 2:
          indexed(0x3d4, random(32), random(256));
          break;
        case 3:
          bench.write(0x3c0, random(256));
          break;
        case 4:
          if (random(4)) bench.write(0x3b0 + random(48), random(256));
          bench.write(0x3c2, random(2) ? 0x67 : random(256));
          break;
        case 5:
          bench.write(0x3c7 + random(3), random(256));
          break;
        case 6:
          if (random(2)) dispi();
          break;
        case 7:
          for (let port = 0x3c0; port < 0x3d0; port++) bench.read(port);
          break;
        case 8:
          bench.read(0x3b0 + random(48));
          break;
        default:
          for (let count = random(8); count > 0; count--) {
            const size = ([1, 2, 4] as const)[random(3)]!;
            // Aligned: QEMU makes two whole accesses of another read, and the latches see it.
            const at = address() & -size;
            if (random(2)) bench.store(at, random(2 ** 31), size);
            else bench.load(at, size);
          }
      }
    }
    await bench.compare();
  });

  it.each([1, 2])("its registers in memory: all of them, and random use, seed %i", async (seed) => {
    const bench = new PcBench(["-vga", "std"]);
    const random = seeded(seed);
    const vga = new Vga(videoMemory());
    bench.map(0x3b0, 48, vga.ports);
    bench.mapMemory(REGISTERS, 0x1000, vga.registers);
    for (const [register, value] of [
      [0x18, REGISTERS],
      [4, 2],
    ] as const) {
      bench.write(0xcf8, 0x8000_1000 + register, 4);
      bench.write(0xcfc, value, 4);
    }
    for (let at = 0; at < 0x640; at += 4) bench.load(REGISTERS + at, 4);
    bench.write(0x3c2, 0x67);
    for (let step = 0; step < 1500; step++) {
      const size = ([1, 2, 4] as const)[random(3)]!;
      const [from, length] = [
        [0, 0x180],
        [0x400, 0x20],
        [0x500, 0x16],
        [0x600, 8],
        [0, 0x1000],
      ][random(5)]!;
      const at = REGISTERS + ((from! + random(length!)) & -size);
      if (random(2)) bench.load(at, size);
      else {
        const value = random(8) ? random(2 ** 31) : random(2) ? 0xbebe_bebe : 0x1e1e_1e1e;
        bench.store(at, value % 2 ** (8 * size), size);
      }
    }
    await bench.compare();
  });
});
