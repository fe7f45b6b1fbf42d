import { line, poke, pokeAll, type Sample } from "../../testing/sample.ts";
import { Gicv2m } from "./gicv2m.ts";

export const sample = (): Sample => {
  const device = new Gicv2m(80, [line]);
  return { device, use: () => pokeAll(device), step: (random) => poke(device, 0x1000, random) };
};
