import { expect, it } from "vitest";
import { Bus } from "../../src/hardware/index.ts";
import { I440fx } from "../../src/hardware/devices/i440fx/i440fx.ts";
import { piix3IdeFunctionState } from "../../src/hardware/devices/piix3-ide-function/state.ts";
import { Piix3 } from "../../src/hardware/devices/piix3/piix3.ts";
import { Piix4Function } from "../../src/hardware/devices/piix4-function/piix4-function.ts";
import { type PciBus, PciHost } from "../../src/hardware/devices/pci-host/pci-host.ts";
import { vgaFunctionState } from "../../src/hardware/devices/vga-function/state.ts";
import { PciFunction } from "../../src/hardware/pci/pci-function.ts";
import { seeded } from "../../src/hardware/testing/sample.ts";
import { Qtest } from "./qtest.ts";

const RAM_BYTES = 64 * 2 ** 20;
const SUFFIX = { 1: "b", 2: "w", 4: "l" } as const;
type Size = keyof typeof SUFFIX;

/** Where QEMU's RAM and ROM answer is asked by the first word of each window: what was put into the RAM, or not. */
function ours() {
  const bus = new Bus();
  const ram = { name: "ram", bytes: RAM_BYTES, firstPage: 0, read: () => new Uint8Array(), write: () => {} };
  const moved = new Map<string, number | undefined>();
  const follow = (name: string) => (base: number | undefined) => void moved.set(name, base);
  const functions = {
    i440fx: new I440fx((range) => bus.add(range), ram),
    piix3: new Piix3([], () => false),
    ide: new PciFunction(piix3IdeFunctionState, { 4: follow("bus master") }),
    piix4: new Piix4Function(follow("pm"), follow("smbus")),
    vga: new PciFunction(vgaFunctionState, { 0: follow("video memory"), 2: follow("registers"), rom: follow("rom") }),
  };
  const { i440fx, piix3, ide, piix4, vga } = functions;
  const slots: PciBus = new Map<number, PciFunction>([
    [0x00, i440fx],
    [0x08, piix3],
    [0x09, ide],
    [0x0b, piix4],
    [0x10, vga],
  ]);
  return {
    bus,
    moved,
    slots,
    host: new PciHost(slots),
    reset: () => slots.forEach((one) => (one as PciFunction).reset()),
  };
}

it.each([1, 2, 3])("PCI configuration space: random accesses and resets, seed %i", async (seed) => {
  const random = seeded(seed);
  const theirs = new Qtest([], "pc");
  try {
    const { host, reset, slots } = ours();
    const log: string[] = [];
    const write = async (port: number, size: Size, value: number) => {
      log.push(`${port.toString(16)} = ${value.toString(16)} by ${size}`);
      // Of the address's ports, CF9h is the reset's.
      (port < 0xcfc ? host.address : host.data).write(port & 3, size, value);
      await theirs.command(`out${SUFFIX[size]} 0x${port.toString(16)} 0x${value.toString(16)}`);
    };
    const read = async (port: number, size: Size) => {
      const got = (port < 0xcfc ? host.address : host.data).read(port & 3, size);
      const wanted = Number(await theirs.command(`in${SUFFIX[size]} 0x${port.toString(16)}`));
      log.push(`${port.toString(16)} is ${wanted.toString(16)} by ${size}`);
      expect(got.toString(16), log.slice(-12).join("\n")).toBe(wanted.toString(16));
    };
    const known = [...slots.keys()];
    for (let step = 0; step < 3000; step++) {
      const devfn = random(8) ? known[random(known.length)]! : random(0x18);
      const register = random(2) ? 4 * random(64) : 4 * random(16);
      const bus = random(30) ? 0 : 1;
      await write(0xcf8, 4, ((random(30) ? 0x8000_0000 : 0) + (bus << 16) + (devfn << 8) + register) >>> 0);
      const size = ([1, 2, 4] as const)[random(3)]!;
      const port = 0xcfc + (size === 4 ? 0 : size * random(4 / size));
      // Where BARs go is the map's, below; wide reads of the address are of its first byte on.
      await read(port, size);
      if (random(2)) await write(port, size, random(256 ** size));
      await read(port, size);
      if (random(10) === 0) await read(0xcf8, size);
      if (random(200) === 0) {
        await theirs.reset();
        reset();
        host.reset();
        await read(0xcf8, 4);
      }
    }
  } finally {
    theirs.end();
  }
});

it("i440FX: which of RAM and ROM answers below 1 MB", async () => {
  const random = seeded(4);
  const theirs = new Qtest([], "pc");
  try {
    const { bus, slots } = ours();
    const i440fx = slots.get(0)!;
    const set = async (register: number, value: number) => {
      i440fx.writeConfig(register, 1, value);
      await theirs.command(`outl 0xcf8 ${0x8000_0000 + (register & ~3)}`);
      await theirs.command(`outb ${0xcfc + (register & 3)} ${value}`);
    };
    const shows = (access: "read" | "write", address: number): boolean => {
      const found = bus.find(access, address);
      return found !== undefined && "block" in found.answer;
    };
    const windows = [0xa_0000, 0xb_c000, ...Array.from({ length: 16 }, (_, n) => 0xc_0000 + n * 0x4000)];
    let marker = 0x1000_0000;
    for (const register of [0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f]) await set(register, 0x33);
    await set(0x72, 0x42);
    for (const address of windows) await theirs.write(address, 4, marker);
    for (let step = 0; step < 400; step++) {
      await set(random(8) ? 0x59 + random(7) : 0x72, random(256));
      const address = windows[random(windows.length)]!;
      const before = marker;
      const seen = (await theirs.read(address, 4)) === before;
      expect(shows("read", address), `reads of ${address.toString(16)}`).toBe(seen);
      // QEMU lets all but the CPU write where RAM is read-only: only RAM that is written can be told from a ROM.
      if (!shows("write", address)) continue;
      await theirs.write(address, 4, ++marker);
      expect(await theirs.read(address, 4), `writes of ${address.toString(16)}`).toBe(marker);
      await theirs.write(address, 4, (marker = before));
    }
  } finally {
    theirs.end();
  }
});
