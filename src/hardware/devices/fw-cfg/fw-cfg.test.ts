import { describe, expect, it } from "vitest";
import { FwCfg } from "./fw-cfg.ts";
import { fwCfgItems, littleEndian } from "./items.ts";

const memory = { read: () => undefined, write: () => false };

it("lists its files by name and gives their content", () => {
  const files = [
    { name: "etc/second", bytes: Uint8Array.of(7, 8, 9) },
    { name: "a-first", bytes: Uint8Array.of(1) },
  ];
  const device = new FwCfg(memory, fwCfgItems([], files));
  const read = (selector: number, length: number): number[] => {
    device.write(8, 2, ((selector & 0xff) << 8) | (selector >> 8));
    return Array.from({ length }, () => device.read(0, 1));
  };
  const directory = Uint8Array.from(read(0x19, 4 + 2 * 64));
  const view = new DataView(directory.buffer);
  const entry = (index: number) => {
    const at = 4 + 64 * index;
    const name = String.fromCharCode(...directory.subarray(at + 8, at + 64)).replace(/\0+$/, "");
    return [view.getUint32(at), view.getUint16(at + 4), name];
  };
  expect(view.getUint32(0)).toBe(2);
  expect([entry(0), entry(1)]).toEqual([
    [1, 0x20, "a-first"],
    [3, 0x21, "etc/second"],
  ]);
  expect(read(0x21, 5)).toEqual([7, 8, 9, 0, 0]);
});

describe("a PC's ports", () => {
  it("select by 16 bits, little-endian, and give single bytes", () => {
    const device = new FwCfg(memory, fwCfgItems([[0x8002, littleEndian(4, 0x0403_0201)]], []));
    device.ports.write(0, 2, 0x8002);
    expect([0, 1, 1, 0].map((offset) => device.ports.read(offset, 1))).toEqual([1, 2, 3, 4]);
    device.ports.write(0, 2, 0xc002);
    device.ports.write(1, 1, 0xff);
    expect([device.ports.read(1, 2), device.ports.read(1, 1)]).toEqual([0, 1]);
  });

  it("show the signature of DMA, and take its descriptor's address in two halves", () => {
    const asked: number[] = [];
    const device = new FwCfg({ ...memory, read: (address) => void asked.push(address) }, fwCfgItems([], []));
    const text = String.fromCharCode(...Array.from({ length: 8 }, (_, offset) => device.dmaPorts.read(offset, 1)));
    expect(text).toBe("QEMU CFG");
    expect(device.dmaPorts.read(4, 4)).toBe(0x47464320);
    device.dmaPorts.write(0, 4, 0x01000000);
    device.dmaPorts.write(4, 4, 0x78563412);
    expect(asked).toEqual([0x1_1234_5678]);
  });
});
