import { ByteWriter } from "../../base/index.ts";
import type { MmioDevice, Stateful } from "../index.ts";

/** A wire that leads nowhere. */
export const line = { set: () => {} };

/** Numbers that are the same in every run: unsigned 32 bits, or below `bound`. */
export type Random = (bound?: number) => number;

export function seeded(seed: number): Random {
  let state = seed;
  return (bound = 2 ** 32) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    return Math.floor((mixed / 2 ** 32) * bound);
  };
}

/** A device on its own, for tests of its state. */
export interface Sample {
  readonly device: Stateful;
  /** Brings it into some state away from power-on. */
  use(): void;
  /** Something that its guest or its surroundings do. */
  step(random: Random): void;
  /** Where this test says what a reset keeps. */
  readonly resetBeside?: string;
}

/** Something into every register of the first 4 KB. */
export function pokeAll(device: MmioDevice): void {
  for (let offset = 0; offset < 0x1000; offset += 4) device.write(offset, 4, (offset * 0x9e3779b1) >>> 0);
}

/** Anything into one of the registers in the first `bytes`. */
export function poke(device: MmioDevice, bytes: number, random: Random): void {
  device.write(4 * random(bytes / 4), 4, random());
}

export function stateBytes(device: Stateful): Uint8Array<ArrayBuffer> {
  const to = new ByteWriter();
  device.save(to);
  return to.finish();
}
