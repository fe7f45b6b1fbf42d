import { expect, it } from "vitest";
import { PcieHost } from "./pcie-host.ts";

it("the bus has a host bridge, and nothing else", () => {
  const host = new PcieHost();
  expect([host.read(0, 2), host.read(2, 2), host.read(0xb, 1)]).toEqual([0x1b36, 8, 6]);
  expect([0x100, 0x1000, 0x8000, 0xfff_fffc].map((at) => host.read(at, 4))).toEqual(Array(4).fill(0xffff_ffff));
  host.write(4, 4, 0xffff_ffff);
  host.write(0, 4, 0);
  host.write(0x8000, 4, 0);
  expect([host.read(4, 4), host.read(0, 4)]).toEqual([0x507, 0x0008_1b36]);
  host.reset();
  expect(host.read(4, 4)).toBe(0);
});
