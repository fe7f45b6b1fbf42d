import { expect, it } from "vitest";
import { FwCfg } from "./fw-cfg.ts";

it("lists its files by name and gives their content", () => {
  const memory = { read: () => undefined, write: () => false };
  const files = [
    { name: "etc/second", bytes: Uint8Array.of(7, 8, 9) },
    { name: "a-first", bytes: Uint8Array.of(1) },
  ];
  const device = new FwCfg(memory, files, 1);
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
