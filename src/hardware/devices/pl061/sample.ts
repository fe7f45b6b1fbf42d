import { line, poke, pokeAll, type Sample } from "../../testing/sample.ts";
import { Pl061 } from "./pl061.ts";

export const sample = (): Sample => {
  const device = new Pl061(line);
  return {
    device,
    use: () => pokeAll(device),
    step: (random) => (random(3) ? poke(device, 0x424, random) : device.setInput(random(8), random(2) === 1)),
  };
};
