import { expect, it } from "vitest";
import { VirtioMmio } from "./virtio-mmio.ts";

it("an empty virtio transport has a magic, a version, and no device", () => {
  const transport = new VirtioMmio(5);
  expect(transport.name).toBe("virtio-mmio.5");
  expect([0, 4, 8, 0xc, 0x10].map((offset) => transport.read(offset, 4))).toEqual([0x74726976, 1, 0, 0x554d4551, 0]);
});
