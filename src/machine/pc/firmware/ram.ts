import { type Bytes, u32, u64 } from "./bytes.ts";
import type { FirmwareConfiguration } from "./configuration.ts";

const GB = 2 ** 30;
export const FOUR_GB = 4 * GB;
/** Where RAM below 4 GB ends at most, and where it ends if there is more. */
const LARGEST_BELOW_4G = 3.5 * GB;
const BELOW_4G_OF_MORE = 3 * GB;

/** Bytes of RAM from 0, and from 4 GB. */
export interface RamSplit {
  readonly below4G: number;
  readonly above4G: number;
}

/** Where QEMU's `pc` has its RAM: all from 0, unless that reaches the largest end below 4 GB. */
export function splitRam(ramBytes: number, largest = LARGEST_BELOW_4G): RamSplit {
  if (ramBytes < largest) return { below4G: ramBytes, above4G: 0 };
  const below4G = Math.min(largest, BELOW_4G_OF_MORE);
  return { below4G, above4G: ramBytes - below4G };
}

export interface RamRange {
  readonly base: number;
  readonly bytes: number;
}

export function ramRanges({ ramBytes, maxRamBelow4G }: FirmwareConfiguration): RamRange[] {
  const { below4G, above4G } = splitRam(ramBytes, maxRamBelow4G);
  const low = { base: 0, bytes: below4G };
  return above4G === 0 ? [low] : [low, { base: FOUR_GB, bytes: above4G }];
}

/** AMD's processors reserve addresses for HyperTransport: the last 12 GB of 1 TB (BKDG, "Memory address space"). */
const HYPERTRANSPORT: RamRange = { base: 0xfd_0000_0000, bytes: 12 * GB };

const RAM = 1;
const RESERVED = 2;

/** `etc/e820`: base, size (64 bits each) and type (32) of each range. */
export function e820(configuration: FirmwareConfiguration): Bytes {
  const entry = ({ base, bytes }: RamRange, type: number): Bytes => [...u64(base, bytes), ...u32(type)];
  const reserved = configuration.cpu.amd ? entry(HYPERTRANSPORT, RESERVED) : [];
  return [...reserved, ...ramRanges(configuration).flatMap((range) => entry(range, RAM))];
}
