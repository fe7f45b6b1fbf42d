import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FwCfg, type FwCfgItems, fwCfgItems, FwCfgKey, littleEndian } from "../../src/hardware/index.ts";
import { seeded } from "../../src/hardware/testing/sample.ts";
import type { FirmwareConfiguration, FirmwareCpu, KernelImages } from "../../src/machine/pc/firmware/configuration.ts";
import { firmwareItems } from "../../src/machine/pc/firmware/items.ts";
import { offerKernel } from "../../src/machine/pc/firmware/kernel.ts";
import { QemuItems } from "./fw-cfg-reader.ts";
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

const MB = 2 ** 20;
const VAPIC = "/usr/share/qemu/kvmvapic.bin";
const qemu64: FirmwareCpu = { signature: 0x60fb1, features: 0x078b_fbfd, amd: true };
const qemu32: FirmwareCpu = { signature: 0x663, features: 0x0781_abfd, amd: false };
const pentium: FirmwareCpu = { signature: 0x543, features: 0x0080_03bd, amd: false };
const i486: FirmwareCpu = { signature: 0x480, features: 9, amd: false };

const usual: FirmwareConfiguration = {
  ramBytes: 64 * MB,
  cpu: qemu64,
  acpi: true,
  hpet: true,
  noGraphic: false,
  vga: true,
  serialPorts: 1,
  parallelPort: true,
  floppyDrive: true,
  roms: [{ name: "kvmvapic.bin", bytes: readFileSync(VAPIC) }],
};
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
  ["-uuid 00112233-4455-6677-8899-aabbccddeeff", { uuid: Uint8Array.from({ length: 16 }, (_, n) => n * 0x11) }],
  ["-rtc base=2020-01-01 -no-reboot -no-shutdown -device isa-debug-exit -debugcon null", {}],
];

/** Each item, and the zeros behind it. */
async function expectEqual(ours: FwCfgItems, args: readonly string[]): Promise<void> {
  const theirs = new QemuItems(args);
  try {
    await theirs.prepare();
    for (const base of [0, 0x8000]) {
      for (let key = base; key < base + 0x40; key++) {
        const got = Buffer.from(ours.get(key) ?? new Uint8Array());
        const all = Buffer.concat([got, Buffer.alloc(256)]);
        const wanted = await theirs.read(key, all.length);
        if (all.equals(wanted)) continue;
        const at = all.findIndex((byte, index) => byte !== wanted[index]);
        const around = (bytes: Buffer): string => bytes.subarray(Math.max(at - 16, 0), at + 32).toString("hex");
        expect(around(all), `item ${key.toString(16)} at ${at.toString(16)}`).toBe(around(wanted));
      }
    }
  } finally {
    theirs.end();
  }
}

describe("what firmware is told is what QEMU tells it", () => {
  it.each(configurations)("%s", async (args, differences) => {
    const ours = firmwareItems({ ...usual, ...differences });
    await expectEqual(ours, args === "" ? [] : args.split(" "));
  });
});

/** A bzImage's header and some bytes; `fields` in it: offset, bytes, value. */
function bzImage(version: number, fields: readonly (readonly [number, number, number])[] = []): Uint8Array {
  const random = seeded(version);
  const kernel = Uint8Array.from({ length: 9000 }, () => random(256));
  const all = [[0x1f1, 1, 3], [0x202, 4, 0x5372_6448], [0x206, 2, version], [0x211, 1, 1], ...fields] as const;
  for (const [offset, size, value] of all) kernel.set(littleEndian(size, value), offset);
  return kernel;
}

const initrd = new Uint8Array(70_001).map((_, index) => index * 7);
const lowInitrd = [0x22c, 4, 0x02ff_ffff] as const;
const anywhere = [0x236, 2, 0x7f] as const;

/** Command line, RAM in MB, other arguments' meaning. */
type Boot = Partial<KernelImages> & { readonly megabytes?: number; readonly strict?: boolean };

const boots: [string, Uint8Array, Boot][] = [
  ["2.15 with an initrd", bzImage(0x20f, [lowInitrd, anywhere]), { initrd, commandLine: "console=ttyS0 quiet" }],
  ["2.15, in 2 GB", bzImage(0x20f, [lowInitrd, anywhere]), { initrd, megabytes: 2048 }],
  ["2.11, whose initrd lies low", bzImage(0x20b, [lowInitrd, anywhere]), { initrd }],
  ["2.15 that does not go above", bzImage(0x20f, [lowInitrd, [0x236, 2, 1]]), { initrd }],
  ["2.03 with a limit beyond RAM", bzImage(0x203, [[0x22c, 4, 0x37ff_ffff]]), { initrd }],
  ["2.02, in 2 GB", bzImage(0x202), { initrd, megabytes: 2048, commandLine: "a" }],
  ["2.01, high", bzImage(0x201), { initrd, commandLine: "fifteen letters" }],
  ["2.00, low", bzImage(0x200, [[0x211, 1, 0]]), { commandLine: "sixteen letters." }],
  ["2.15, low", bzImage(0x20f, [[0x211, 1, 0]]), { commandLine: "a" }],
  ["of four setup sectors that are not said", bzImage(0x20f, [[0x1f1, 1, 0]]), {}],
  ["vga=ask", bzImage(0x20f), { commandLine: "vga=ask quiet" }],
  ["vga=0x317", bzImage(0x20f), { commandLine: "quiet vga=0x317", strict: true }],
  ["vga=0777", bzImage(0x20f), { commandLine: "vga=0777 vga=1" }],
  ["vga=65537", bzImage(0x20f), { commandLine: "vga=65537" }],
];

describe("a kernel is offered as QEMU offers it", () => {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(boots)("%s", async (_, kernel, { megabytes = 64, strict = false, ...given }) => {
    const images: KernelImages = { kernel, commandLine: "", ...given };
    const args = ["-m", `${megabytes}`, "-kernel", join(folder, "kernel"), "-append", images.commandLine];
    writeFileSync(join(folder, "kernel"), kernel);
    if (images.initrd) {
      writeFileSync(join(folder, "initrd"), images.initrd);
      args.push("-initrd", join(folder, "initrd"));
    }
    if (strict) args.push("-boot", "strict=on");
    const machine = { ...usual, ramBytes: megabytes * MB, boot: { strict } };
    const { items, rom } = offerKernel(images, machine);
    const bytes = readFileSync(`/usr/share/qemu/${rom}`);
    const roms = [...usual.roms!, { name: rom, bytes, boots: true }];
    await expectEqual(firmwareItems({ ...machine, roms }, items), args);
  });
});
