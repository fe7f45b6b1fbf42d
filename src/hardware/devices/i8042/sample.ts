import { line, type Sample } from "../../testing/sample.ts";
import { I8042 } from "./i8042.ts";

const COMMANDS = [0x20, 0x60, 0xa7, 0xa8, 0xa9, 0xaa, 0xad, 0xae, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xdd, 0xfe];
const BYTES = [0xe9, 0xeb, 0xed, 0xf0, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xff, 200, 100, 80, 2];

export const sample = (): Sample => {
  const device = new I8042({ keyboard: line, mouse: line, a20: line, requestReset: () => {} });
  return {
    device,
    use() {
      for (const byte of [0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf4]) {
        device.command.write(0, 1, 0xd4);
        device.data.write(0, 1, byte);
      }
      device.data.write(0, 1, 0xed);
      device.data.write(0, 1, 7);
      device.data.read(0, 1);
      device.command.write(0, 1, 0xd2);
      device.data.write(0, 1, 0x5a);
      device.command.write(0, 1, 0x60);
    },
    step(random) {
      const what = random(4);
      if (what === 0) device.command.write(0, 1, random(4) ? COMMANDS[random(COMMANDS.length)]! : random(256));
      else if (what === 1) device.data.read(0, 1);
      else device.data.write(0, 1, random(4) ? BYTES[random(BYTES.length)]! : random(256));
    },
  };
};
