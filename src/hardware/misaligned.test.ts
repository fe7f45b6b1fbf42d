import { expect, it } from "vitest";
import type { AccessSize } from "./device.ts";
import { refusesMisaligned, splitsMisaligned } from "./misaligned.ts";

function build() {
  const writes: string[] = [];
  const device = {
    name: "bytes",
    read: (offset: number, size: AccessSize) =>
      Array.from({ length: size }, (_, n) => (0x80 + offset + n) * 2 ** (8 * n)).reduce((a, b) => a + b),
    changesByRead: () => false,
    write: (...access: number[]) => void writes.push(access.map((value) => value.toString(16)).join(" ")),
  };
  return { device, writes };
}

it("refuses what is misaligned at ports", () => {
  const { device, writes } = build();
  const ports = refusesMisaligned(device);
  expect([ports.read(4, 4), ports.read(5, 2), ports.read(5, 1)]).toEqual([0x8786_8584, 0, 0x85]);
  ports.write(2, 4, 1);
  ports.write(2, 2, 0x1234);
  expect(writes).toEqual(["2 2 1234"]);
});

it("splits what is misaligned in memory", () => {
  const { device, writes } = build();
  const memory = splitsMisaligned(device);
  expect([memory.read(5, 4), memory.read(7, 2), memory.read(4, 4)]).toEqual([0x8887_8685, 0x8887, 0x8786_8584]);
  memory.write(3, 2, 0x1234);
  memory.write(4, 4, 5);
  expect(writes).toEqual(["3 1 34", "4 1 12", "4 4 5"]);
});
