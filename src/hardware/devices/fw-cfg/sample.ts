import { type Sample } from "../../testing/sample.ts";
import { FwCfg } from "./fw-cfg.ts";
import { fwCfgItems, littleEndian } from "./items.ts";
import { Key } from "./registers.ts";

const memory = { read: () => undefined, write: () => false };

export const sample = (): Sample => {
  const device = new FwCfg(memory, fwCfgItems([[Key.CPUS, littleEndian(2, 1)]], []));
  return {
    device,
    use() {
      device.write(8, 2, 0x0100);
      device.read(0, 2);
      device.write(0x10, 4, 5);
    },
    step(random) {
      if (random(2)) device.write(8, 2, random(0x20) << 8);
      device.read(0, 2);
      device.write(0x10, 4, random());
    },
  };
};
