import { type Sample } from "../../testing/sample.ts";
import { CfiFlash } from "./cfi-flash.ts";

const cells = { read: (_: number, length: number) => new Uint8Array(length), write: () => {}, show: () => {} };

export const sample = (): Sample => {
  const device = new CfiFlash(0, cells);
  const commands = [0x40, 0x20, 0x60, 0x70, 0x90, 0x98, 0xe8, 0xe8, 0xe8, 0xff, 0xd0, 0x01];
  return {
    device,
    use() {
      device.write(0, 2, 0xe8);
      device.write(0, 2, 0x123);
    },
    step: (random) => device.write(random(0x2000) * 2, 2, random(3) ? commands[random(12)]! : random(2 ** 16)),
  };
};
