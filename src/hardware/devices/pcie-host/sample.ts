import { poke, pokeAll, type Sample } from "../../testing/sample.ts";
import { PcieHost } from "./pcie-host.ts";

export const sample = (): Sample => {
  const device = new PcieHost();
  return { device, use: () => pokeAll(device), step: (random) => poke(device, 0x100, random) };
};
