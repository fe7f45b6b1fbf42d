import { expect, it } from "vitest";
import { FwCfg, fwCfgItems, FwCfgKey, littleEndian } from "../../src/hardware/index.ts";
import { seeded } from "../../src/hardware/testing/sample.ts";
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
