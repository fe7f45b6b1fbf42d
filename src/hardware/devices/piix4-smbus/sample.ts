import type { Sample } from "../../testing/sample.ts";
import { Piix4Smbus } from "./piix4-smbus.ts";
import { Offset } from "./registers.ts";

const OFFSETS = Object.values(Offset);

export const sample = (): Sample => {
  const device = new Piix4Smbus({ isThere: () => true, write: () => {}, read: (address) => address });
  const write = (offset: number, value: number): void => device.write(offset, 1, value);
  return {
    device,
    use() {
      write(Offset.ADDRESS, 0xa1);
      write(Offset.COMMAND, 0x12);
      write(Offset.DATA1, 0x34);
      write(Offset.AUXILIARY, 1);
      write(Offset.BLOCK, 0x56);
      write(Offset.CONTROL, 0x48 | 1);
      write(Offset.AUXILIARY, 3);
      write(Offset.BLOCK, 0x78);
      write(Offset.CONTROL, 0x58 | 1);
      write(Offset.CONTROL, 0x48);
    },
    resetBeside: "tests/differential/pc-smbus.test.ts",
    step(random) {
      const offset = OFFSETS[random(OFFSETS.length)]!;
      if (random(3)) write(offset, random(256));
      else device.read(offset, 1);
    },
  };
};
