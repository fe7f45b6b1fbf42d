import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import {
  bootItems,
  CfiFlash,
  emptyPcieWindow,
  FwCfg,
  fwCfgItems,
  FwCfgKey,
  Gicv2,
  Gicv2m,
  littleEndian,
  PcieHost,
  Pl011,
  Pl031,
  Pl061,
  VirtioMmio,
  type AccessSize,
  type MmioDevice,
} from "../../src/hardware/index.ts";
import { Qmp } from "../../tools/lockstep/qmp.ts";
import { Qtest } from "./qtest.ts";

const GIC_PATH = "/machine/unattached/device[1]";
const CPU_PATH = "/machine/unattached/device[0]";

/** Seeded, so that a failure can be had again (xorshift32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const noLine = { set: () => {} };
const stopped = { nowNs: () => 0, position: () => 0, setDeadline: () => {} };

const qemu = new Qtest();
afterAll(() => qemu.end());

/** Does the same to both and compares every read and, at the end, all `registers`. */
async function compare(
  device: MmioDevice,
  base: number,
  registers: readonly number[],
  writes: readonly Write[],
  theirs: Qtest = qemu,
) {
  const log: string[] = [];
  for (const [offset, size, value] of writes) {
    device.write(offset, size, value);
    await theirs.write(base + offset, size, value);
    log.push(`[${offset.toString(16)}].${size} = ${value.toString(16)}`);
    const probe = registers[log.length % registers.length]!;
    const [got, wanted] = [device.read(probe, 4), await theirs.read(base + probe, 4)];
    expect(`${probe.toString(16)}: ${got.toString(16)}`, log.slice(-20).join("\n")).toBe(
      `${probe.toString(16)}: ${wanted.toString(16)}`,
    );
  }
  for (const offset of registers) {
    expect(device.read(offset, 4), offset.toString(16)).toBe(await theirs.read(base + offset, 4));
  }
}
type Write = readonly [offset: number, size: AccessSize, value: number];

const words = (from: number, to: number): number[] => Array.from({ length: (to - from) / 4 }, (_, i) => from + 4 * i);

describe("devices answer as QEMU's", () => {
  it("pl011", async () => {
    const random = generator(1);
    const device = new Pl011(noLine, () => {});
    const writes = Array.from({ length: 300 }, (): Write => [4 * random(0x14), 4, random(2 ** 16)]);
    await compare(device, 0x0900_0000, words(0, 0x1000), writes);
  });

  it("pl011: BREAKs, all but the interrupt of their own that the manual gives them", async () => {
    const BASE = 0x0900_0000;
    const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
    const path = join(folder, "qmp");
    const theirs = new Qtest(["-qmp", `unix:${path},server=on,wait=off`]);
    let socket: Socket | undefined;
    try {
      // It answers when its sockets are there.
      await theirs.read(BASE + 0x18, 4);
      socket = createConnection(path);
      const qmp = new Qmp(socket, socket);
      await qmp.open();
      const device = new Pl011(noLine, () => {});
      const random = generator(7);
      const registers = [0, 4, 4, 0x18, 0x3c, 0x40];
      for (let step = 0; step < 200; step++) {
        if (random(3) === 0 && device.room() > 0) {
          device.receiveBreak();
          await qmp.execute("chardev-send-break", { id: "serial0" });
        }
        if (random(8) === 0) {
          const [offset, value] = [
            [0x2c, 0x10 * random(2)],
            [4, 0],
            [0x38, 0x7ff & ~0x200],
            [0x44, 0x20],
          ][random(4)] as [number, number];
          device.write(offset, 4, value);
          await theirs.write(BASE + offset, 4, value);
        }
        const register = registers[random(registers.length)]!;
        // What an empty FIFO gives is not defined.
        if (register === 0 && device.read(0x18, 4) & 0x10) continue;
        const got = device.read(register, 4) & (register === 0x3c ? ~0x200 : -1);
        expect(got, `step ${step}, register ${register.toString(16)}`).toBe(await theirs.read(BASE + register, 4));
      }
    } finally {
      socket?.destroy();
      theirs.end();
      rmSync(folder, { recursive: true });
    }
  });

  it("pl031", async () => {
    const random = generator(2);
    const device = new Pl031(stopped, noLine);
    device.write(8, 4, 5);
    await qemu.write(0x0901_0008, 4, 5);
    // Neither the count nor the load register: host time moves in QEMU.
    const writes = Array.from({ length: 100 }, (): Write => [0x10 + 4 * random(4), 4, random(4)]);
    await compare(device, 0x0901_0000, [8, ...words(0xc, 0x1000)], writes);
  });

  it("pl061", async () => {
    const random = generator(3);
    const device = new Pl061(noLine);
    const offset = (): number => (random(2) ? 4 * random(256) : 0x400 + 4 * random(9));
    const writes = Array.from({ length: 500 }, (): Write => [offset(), 4, random(256)]);
    await compare(device, 0x0903_0000, words(0, 0x1000), writes);
  });

  it("virtio-mmio, empty", async () => {
    const device = new VirtioMmio(3);
    const writes = words(0, 0x200).map((offset): Write => [offset, 4, 0xffff_ffff]);
    await compare(device, 0x0a00_0600, words(0, 0x200), writes);
  });

  it("fw-cfg: items, selector and DMA", async () => {
    const BASE = 0x0902_0000;
    const RAM = 0x4100_0000;
    const ram = new Uint8Array(0x1000);
    const inside = (address: number, length: number) => address >= RAM && address + length <= RAM + ram.length;
    const device = new FwCfg(
      {
        read: (address, length) =>
          inside(address, length) ? ram.slice(address - RAM, address - RAM + length) : undefined,
        write(address, bytes) {
          if (!inside(address, bytes.length)) return false;
          ram.set(bytes, address - RAM);
          return true;
        },
      },
      fwCfgItems([[FwCfgKey.CPUS, littleEndian(2, 1)]], []),
    );
    const write = async (offset: number, size: AccessSize, value: number) => {
      device.write(offset, size, value);
      await qemu.write(BASE + offset, size, value);
    };
    const random = generator(4);
    const sizes: readonly AccessSize[] = [1, 2, 4];
    for (let step = 0; step < 300; step++) {
      const selector = [0, 1, 2, 5, 0x1a, 0x99, 0x4000][random(7)]!;
      if (random(2)) await write(8, 2, (selector & 0xff) * 256 + (selector >> 8));
      if (random(3) === 0) {
        const control = (selector << 16) | [2, 8, 0xa, 4, 0xc, 0x10, 0, 6][random(8)]!;
        const address = random(4) ? RAM + 0x100 + random(0x100) : 0x0300_0000_0000;
        const descriptor = new DataView(new ArrayBuffer(16));
        descriptor.setUint32(0, control);
        descriptor.setUint32(4, random(24));
        descriptor.setBigUint64(8, BigInt(address));
        const bytes = new Uint8Array(descriptor.buffer);
        ram.set(bytes);
        await qemu.command(`write 0x${RAM.toString(16)} 16 0x${Buffer.from(bytes).toString("hex")}`);
        await write(0x10, 4, 0);
        await write(0x14, 4, 0x41);
        const theirs = await qemu.command(`read 0x${RAM.toString(16)} 0x400`);
        expect(`0x${Buffer.from(ram.subarray(0, 0x400)).toString("hex")}`, `step ${step}`).toBe(theirs);
      }
      const [offset, size] = [[0, 0, 0, 0x10, 0x14][random(5)]!, sizes[random(3)]!];
      expect(device.read(offset, size), `step ${step}, offset ${offset}`).toBe(await qemu.read(BASE + offset, size));
    }
  });

  it("fw-cfg: what firmware boots", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
    const [kernel, initrd] = [new Uint8Array(5000).map((_, i) => i * 7), new Uint8Array(300).map((_, i) => i * 3)];
    const [kernelFile, initrdFile] = [join(folder, "kernel"), join(folder, "initrd")];
    writeFileSync(kernelFile, gzipSync(kernel));
    writeFileSync(initrdFile, initrd);
    const boot = ["-kernel", kernelFile, "-initrd", initrdFile, "-append", "a command line"];
    const theirs = new Qtest(["-bios", "/dev/null", ...boot]);
    try {
      const nowhere = { read: () => undefined, write: () => false };
      const device = new FwCfg(nowhere, fwCfgItems(bootItems({ kernel, initrd, commandLine: "a command line" }), []));
      for (const [key, length] of [
        [8, 4],
        [0xb, 4],
        [0x14, 4],
        [0x11, 5010],
        [0x12, 310],
        [0x15, 20],
      ] as const) {
        device.write(8, 2, key << 8);
        await theirs.write(0x0902_0008, 2, key << 8);
        const wanted: number[] = [];
        for (let i = 0; i < length; i++) wanted.push(await theirs.read(0x0902_0000, 1));
        const got = Array.from({ length }, () => device.read(0, 1));
        expect(Buffer.compare(Buffer.from(got), Buffer.from(wanted)), `item ${key}`).toBe(0);
      }
    } finally {
      theirs.end();
      rmSync(folder, { recursive: true });
    }
  });

  it("pcie host bridge, and nothing else on its bus", async () => {
    const BASE = 0x40_1000_0000;
    const random = generator(5);
    const device = new PcieHost();
    const sizes: readonly AccessSize[] = [1, 2, 4];
    const offset = (size: number): number => (random(4) ? random(0x110 / size) : random(0x40_0000 / size)) * size;
    const writes = Array.from({ length: 400 }, (): Write => {
      const size = sizes[random(3)]!;
      return [offset(size), size, random(2 ** (8 * size))];
    });
    await compare(device, BASE, [...words(0, 0x100), 0xffc, 0x1000, 0x8000, 0x10_0000, 0xfff_fffc], writes);
    for (const size of sizes) {
      for (const window of [0x1000_0000, 0x3efe_fff8, 0x3eff_0000, 0x80_0000_0000])
        expect(await qemu.read(window, size)).toBe(emptyPcieWindow.read(0, size));
      for (const at of [0, 1, 2, 3, 0xe, 0x2d, 0x2e, 0xfc, 0xff, 0x1001])
        expect(device.read(at, size), `${at}.${size}`).toBe(await qemu.read(BASE + at, size));
    }
  });

  it("gicv2m: messages", async () => {
    const mine = new Qtest();
    try {
      const gic = new Gicv2(noLine);
      const frame = new Gicv2m(
        80,
        Array.from({ length: 64 }, (_, n) => gic.input(80 + n)),
      );
      await compare(frame, 0x0802_0000, words(0, 0x1000), [], mine);
      const both = async (unit: MmioDevice, base: number, offset: number, size: AccessSize, value: number) => {
        unit.write(offset, size, value);
        await mine.write(base + offset, size, value);
      };
      for (const register of [0xc14, 0xc18, 0xc1c, 0xc20, 0xc24])
        await both(gic.distributor, 0x0800_0000, register, 4, 0xaaaa_aaaa);
      for (const message of [80, 143, 81, 79, 144, 95, 96, 0x4054]) {
        const size = message % 2 ? 2 : 4;
        await both(frame, 0x0802_0000, 0x40, size, message);
        for (const word of [0x208, 0x20c, 0x210, 0x214])
          expect(gic.distributor.read(word, 4), `${message}`).toBe(await mine.read(0x0800_0000 + word, 4));
      }
    } finally {
      mine.end();
    }
  });

  it.each([21, 22, 23])("cfi-flash: random use, seed %i", async (seed) => {
    const mine = new Qtest();
    try {
      await randomFlash(mine, generator(seed), 800);
    } finally {
      mine.end();
    }
  });

  it("gicv2: every register after power-on", async () => {
    const fresh = new Qtest();
    try {
      const { distributor, cpuInterface } = new Gicv2(noLine);
      await compare(distributor, 0x0800_0000, words(0, 0x1000), [], fresh);
      await compare(cpuInterface, 0x0801_0000, words(0, 0x2000), [], fresh);
    } finally {
      fresh.end();
    }
  });

  it.each([11, 12, 13, 14])("gicv2: random use, seed %i", async (seed) => {
    const mine = new Qtest();
    try {
      await mine.watchInputs(CPU_PATH);
      await randomGic(mine, generator(seed), 1500);
    } finally {
      mine.end();
    }
  });
});

/** Commands with sense and without. */
async function randomFlash(theirs: Qtest, random: (below: number) => number, steps: number): Promise<void> {
  const BASE = 0x0400_0000;
  const cells = new Uint8Array(0x8_0000);
  const ours = new CfiFlash(0, {
    read: (offset, length) => cells.slice(offset, offset + length),
    write: (offset, bytes) => cells.set(bytes, offset),
    show: () => {},
  });
  const log: string[] = [];
  const sizes: readonly AccessSize[] = [1, 2, 4];
  const size = (): AccessSize => sizes[random(3)]!;
  const anywhere = (): number => [random(0x200), 0x200 * random(0x400), 0x3_fff0 + random(0x20)][random(3)]!;
  const write = async (offset: number, bytes: AccessSize, value: number) => {
    const [at, cut] = [offset - (offset % bytes), value % 2 ** (8 * bytes)];
    log.push(`[${at.toString(16)}].${bytes} = ${cut.toString(16)}`);
    ours.write(at, bytes, cut);
    await theirs.write(BASE + at, bytes, cut);
  };
  const read = async () => {
    const bytes = size();
    const at = anywhere() & -bytes;
    const [got, wanted] = [ours.read(at, bytes), await theirs.read(BASE + at, bytes)];
    log.push(`[${at.toString(16)}].${bytes} is ${wanted.toString(16)}`);
    expect(got.toString(16), log.slice(-14).join("\n")).toBe(wanted.toString(16));
  };
  const commands = [0x10, 0x40, 0x20, 0x28, 0x50, 0x60, 0x70, 0x90, 0x98, 0xf0, 0xff, 0xd0, 0x01, 0, 0x33];
  const command = () => write(anywhere(), size(), commands[random(commands.length)]! * 0x1_0001);
  const endCommand = async () => {
    for (const value of [0xff, 0xff]) await write(0, 4, value);
  };
  for (let step = 0; step < steps; step++) {
    await read();
    if (random(3)) {
      await command();
      continue;
    }
    await endCommand();
    await write(anywhere(), size(), 0xe800e8);
    const [block, last] = [0x1000 * random(0x80), random(6)];
    await write(block + random(0x1000), 4, last);
    for (let n = 0; n <= last; n++) {
      // A word for another block spoils all.
      await write(random(20) ? block + random(0x1000) : anywhere(), size(), random(2 ** 32));
      await read();
    }
    await write(anywhere(), size(), random(4) ? 0xd000d0 : random(256));
    if (random(2)) await write(0, 1, 0x50);
  }
  await endCommand();
  const held = await theirs.command(`read 0x${BASE.toString(16)} ${cells.length}`);
  expect(held === `0x${Buffer.from(cells).toString("hex")}`).toBe(true);
}

async function randomGic(theirs: Qtest, random: (below: number) => number, steps: number): Promise<void> {
  let irq = false;
  const ours = new Gicv2({ set: (level) => (irq = level) });
  const log: string[] = [];
  const sizes: readonly AccessSize[] = [1, 2, 4];

  async function write(unit: "d" | "c", offset: number, size: AccessSize, value: number) {
    log.push(`${unit}[${offset.toString(16)}].${size} = ${value.toString(16)}`);
    (unit === "d" ? ours.distributor : ours.cpuInterface).write(offset, size, value);
    await theirs.write((unit === "d" ? 0x0800_0000 : 0x0801_0000) + offset, size, value);
  }
  async function read(unit: "d" | "c", offset: number, size: AccessSize) {
    const got = (unit === "d" ? ours.distributor : ours.cpuInterface).read(offset, size);
    const wanted = await theirs.read((unit === "d" ? 0x0800_0000 : 0x0801_0000) + offset, size);
    const what = `${unit}[${offset.toString(16)}].${size}`;
    log.push(`${what} is ${got.toString(16)}`);
    expect(`${what} is ${got.toString(16)}`, log.slice(-12).join("\n")).toBe(`${what} is ${wanted.toString(16)}`);
    return got;
  }

  await write("d", 0, 4, 3);
  await write("c", 0, 4, 3);
  await write("c", 4, 4, 0xff);
  const active: number[] = [];
  for (let step = 0; step < steps; step++) {
    const size = sizes[random(3)]!;
    const lane = random(4 / size) * size;
    const value = size === 4 ? (random(2 ** 16) * 2 ** 16 + random(2 ** 16)) >>> 0 : random(2 ** (8 * size));
    switch (random(13)) {
      case 0: {
        const [id, level] = [random(272), random(2) === 1];
        log.push(`input ${id} ${level}`);
        // QEMU numbers the shared ones first; then 32 for the CPU, of which 16 to 31 exist.
        const number = id < 16 ? 256 + 16 + id : id - 16;
        ours.setInput(id < 16 ? 16 + id : number + 32, level);
        await theirs.setInput(GIC_PATH, number, level);
        break;
      }
      case 1: {
        const set = [0x100, 0x180, 0x200, 0x280, 0x300, 0x380, 0x80, 0x100, 0x100][random(9)]!;
        // QEMU makes an SPI active for CPUs that do not exist, and never undoes that: private ones only.
        const word = set === 0x300 ? 0 : random(9);
        await write("d", set + 4 * word + lane, size, value);
        break;
      }
      case 2:
        await write("d", 0x400 + 4 * random(72) + lane, size, value);
        break;
      case 3:
        await write("d", 0xc00 + 4 * random(18) + lane, size, value);
        break;
      case 4:
        await write("d", 0xf00, 4, random(4) * 2 ** 24 + random(4) * 2 ** 16 + random(16));
        break;
      case 5:
        await write("d", (random(2) ? 0xf10 : 0xf20) + random(16), 1, 1);
        break;
      case 6:
        await write("c", 0, 4, random(3) ? 3 | (random(2) * 4) : random(0x800));
        break;
      case 7:
        await write("c", 4, 4, random(3) ? 0xff : random(256));
        break;
      case 8:
        await write("c", random(2) ? 8 : 0x1c, 4, random(8));
        break;
      case 9:
      case 10: {
        const id = await read("c", 0xc, 4);
        if (id < 1020) active.push(id);
        break;
      }
      case 11: {
        const id = random(4) ? active.pop() : random(288);
        if (id !== undefined) await write("c", random(5) ? 0x10 : 0x1000, 4, id);
        break;
      }
      case 12:
        await write("d", 0, 4, random(4) ? 3 : random(8));
        break;
    }
    await read("d", [0x80, 0x100, 0x200, 0x280, 0x300, 0x400, 0xc00, 0xf10][random(8)]! + 4 * random(4) + lane, size);
    await read("c", [0, 4, 8, 0x14, 0x18, 0x1c, 0xd0 + 4 * random(4), 0xe0 + 4 * random(4)][random(8)]!, 4);
    expect(irq, `irq line after\n${log.slice(-12).join("\n")}`).toBe(theirs.lines.get(0) ?? false);
  }
}
