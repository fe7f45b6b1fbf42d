import { poke, pokeAll, type Sample } from "../../testing/sample.ts";
import { VirtioMmio } from "./virtio-mmio.ts";

export const sample = (): Sample => {
  const device = new VirtioMmio(0);
  return { device, use: () => pokeAll(device), step: (random) => poke(device, 0x200, random) };
};
