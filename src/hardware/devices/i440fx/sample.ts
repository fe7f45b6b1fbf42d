import { Bus } from "../../bus.ts";
import { pciSample } from "../../testing/pci-sample.ts";
import type { Sample } from "../../testing/sample.ts";
import { I440fx } from "./i440fx.ts";

export const sample = (): Sample => {
  const bus = new Bus();
  const ram = { name: "ram", bytes: 2 ** 20, firstPage: 0, read: () => new Uint8Array(), write: () => {} };
  return pciSample(new I440fx((range) => bus.add(range), ram));
};
