import { rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FwCfg, fwCfgItems, FwCfgKey, littleEndian } from "../../src/hardware/index.ts";
import { seeded } from "../../src/hardware/testing/sample.ts";
import type { FirmwareConfiguration, FirmwareCpu } from "../../src/machine/pc/firmware/configuration.ts";
import { firmwareItems } from "../../src/machine/pc/firmware/items.ts";
import { expectItems, MB, usual } from "./pc-items.ts";
import { Qtest } from "./qtest.ts";

const RAM = 0x10_0000;
const SELECTOR = 0x510;
const DMA = 0x514;

it("fw-cfg's ports: selector, data and DMA", async () => {
  const theirs = new Qtest([], "pc");
  try {
    const ram = new Uint8Array(0x1000);
    const inside = (address: number, length: number) => address >= RAM && address + length <= RAM + ram.length;
    const memory = {
      read: (address: number, length: number) =>
        inside(address, length) ? ram.slice(address - RAM, address - RAM + length) : undefined,
      write(address: number, bytes: Uint8Array) {
        if (!inside(address, bytes.length)) return false;
        ram.set(bytes, address - RAM);
        return true;
      },
    };
    const numbered = [
      [FwCfgKey.CPUS, littleEndian(2, 1)],
      [FwCfgKey.RAM_SIZE, littleEndian(8, 64 * 2 ** 20)],
      [FwCfgKey.IRQ0_OVERRIDE, littleEndian(4, 1)],
    ] as const;
    const device = new FwCfg(memory, fwCfgItems(numbered, []));
    const write = async (port: number, value: number, size: 1 | 2 | 4) => {
      if (port < DMA) device.ports.write(port - SELECTOR, size, value);
      else device.dmaPorts.write(port - DMA, size, value);
      await theirs.writePort(port, value, size);
    };
    const random = seeded(6);
    for (let step = 0; step < 1000; step++) {
      const selector = [0, 1, 2, 3, 5, 0x1a, 0x99, 0x4003, 0x8002, 0xc002, 0xffff][random(11)]!;
      if (random(2)) await write(SELECTOR, selector, 2);
      if (random(4) === 0) await write(SELECTOR + random(2), random(256), 1);
      if (random(3) === 0) {
        const descriptor = new DataView(new ArrayBuffer(16));
        descriptor.setUint32(0, (selector << 16) | [2, 8, 0xa, 4, 0xc, 0x10, 0, 6][random(8)]!);
        descriptor.setUint32(4, random(24));
        descriptor.setBigUint64(8, random(4) ? BigInt(RAM + 0x100 + random(0x100)) : 0x300_0000_0000n);
        const bytes = new Uint8Array(descriptor.buffer);
        ram.set(bytes);
        await theirs.command(`write 0x${RAM.toString(16)} 16 0x${Buffer.from(bytes).toString("hex")}`);
        if (random(2)) await write(DMA, 0, 4);
        if (random(4) === 0) await write(DMA + 2 * random(4), random(), 2);
        await write(DMA + 4, 0x1000, 4);
        const wanted = await theirs.command(`read 0x${RAM.toString(16)} 0x400`);
        expect(`0x${Buffer.from(ram.subarray(0, 0x400)).toString("hex")}`, `step ${step}`).toBe(wanted);
      }
      const data = SELECTOR + random(2);
      expect(device.ports.read(data - SELECTOR, 1), `step ${step}, data`).toBe(await theirs.readPort(data));
      expect(device.ports.read(0, 2), `step ${step}, two bytes`).toBe(await theirs.readPort(SELECTOR, 2));
      const size = ([1, 2, 4] as const)[random(3)]!;
      const offset = size * random(8 / size);
      const got = device.dmaPorts.read(offset, size);
      expect(got, `step ${step}, DMA`).toBe(await theirs.readPort(DMA + offset, size));
    }
  } finally {
    theirs.end();
  }
});

const qemu32: FirmwareCpu = { signature: 0x663, features: 0x0781_abfd, amd: false };
const pentium: FirmwareCpu = { signature: 0x543, features: 0x0080_03bd, amd: false };
const i486: FirmwareCpu = { signature: 0x480, features: 9, amd: false };

const picture = Uint8Array.of(0xff, 0xd8, ...Array.from({ length: 500 }, (_, n) => n & 0xff));
beforeAll(() => writeFileSync("/tmp/hindsight-splash.jpg", picture));
afterAll(() => rmSync("/tmp/hindsight-splash.jpg"));

const bare = { vga: false, serialPorts: 0, parallelPort: false, floppyDrive: false };

/** QEMU's arguments, and what they are to us. */
const configurations: [string, Partial<FirmwareConfiguration>][] = [
  ["", {}],
  ["-m 128", { ramBytes: 128 * MB }],
  ["-m 100000K", { ramBytes: 100000 * 1024 }],
  ["-m 3G", { ramBytes: 3072 * MB }],
  ["-M pc,smm=off,max-ram-below-4g=1G -m 2G", { ramBytes: 2048 * MB, maxRamBelow4G: 1024 * MB }],
  ["-M pc,smm=off,max-ram-below-4g=512M -m 2560M", { ramBytes: 2560 * MB, maxRamBelow4G: 512 * MB }],
  ["-M pc,smm=off,max-ram-below-4g=1G -m 1G", { ramBytes: 1024 * MB, maxRamBelow4G: 1024 * MB }],
  ["-M pc,smm=off,acpi=off", { acpi: false }],
  ["-M pc,smm=off,hpet=off", { hpet: false }],
  ["-M pc,smm=off,acpi=off,hpet=off", { acpi: false, hpet: false }],
  ["-M pc,smm=off,graphics=off", { noGraphic: true }],
  ["-vga none", { vga: false }],
  ["-nodefaults", bare],
  ["-nodefaults -vga std", { ...bare, vga: true }],
  ["-nodefaults -serial null", { ...bare, serialPorts: 1 }],
  ["-serial none -parallel none", { serialPorts: 0, parallelPort: false }],
  ["-serial null -serial null", { serialPorts: 2 }],
  ["-serial null -serial null -serial null -serial null", { serialPorts: 4 }],
  ["-cpu qemu32", { cpu: qemu32 }],
  ["-cpu pentium", { cpu: pentium }],
  ["-cpu 486", { cpu: i486, roms: [] }],
  ["-global apic-common.vapic=off", { roms: [] }],
  ["-boot menu=on", { boot: { menu: true } }],
  ["-boot order=dc,splash-time=300,reboot-timeout=500", { boot: { splashTimeMs: 300, rebootTimeoutMs: 500 } }],
  ["-boot splash=/tmp/hindsight-splash.jpg,splash-time=1000", { boot: { splash: picture, splashTimeMs: 1000 } }],
  ["-uuid 00112233-4455-6677-8899-aabbccddeeff", { uuid: Uint8Array.from({ length: 16 }, (_, n) => n * 0x11) }],
  ["-rtc base=2020-01-01 -no-reboot -no-shutdown -device isa-debug-exit -debugcon null", {}],
];

describe("what firmware is told is what QEMU tells it", () => {
  it.each(configurations)("%s", async (args, differences) => {
    const ours = firmwareItems({ ...usual, ...differences });
    await expectItems(ours, args === "" ? [] : args.split(" "));
  });
});
