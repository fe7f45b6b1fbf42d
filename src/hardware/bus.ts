import { assert } from "../base/index.ts";
import { AddressMap, type Answers, PHYSICAL_BYTES } from "./address-map.ts";
import type { AccessSize, MmioDevice } from "./device.ts";
import type { MemoryBlock } from "./memory.ts";

/** One mapped device: addresses `base` to `base + size - 1`. */
export interface Mapping {
  readonly base: number;
  readonly size: number;
  readonly device: MmioDevice;
}

/** Bytes of one access; wider ones are several. */
type BusSize = Exclude<AccessSize, 8>;

/** Ports are an address space of their own. */
export const PORTS = 2 ** 16;

/**
 * An address space and accesses to it. A CPU finds memory by the table that the map is compiled to, and asks here for all
 * else: devices, and memory that shares its page with one. Who answers an access's first byte answers all of it.
 */
export class Bus extends AddressMap {
  /** @param bytes of physical memory, or PORTS */
  constructor(bytes: number = PHYSICAL_BYTES) {
    super(bytes);
  }

  /** Devices as they are mapped now, by address. */
  get mappings(): readonly Mapping[] {
    const mapped = this.ranges.flatMap(({ base, size, device }) =>
      base === undefined || !device ? [] : [{ base, size, device }],
    );
    return mapped.sort((a, b) => a.base - b.base);
  }

  /** A device that stays where it is. No other is there. */
  map(base: number, size: number, device: MmioDevice): void {
    for (const other of this.mappings) {
      assert(
        base + size <= other.base || other.base + other.size <= base,
        `${device.name} overlaps ${other.device.name}`,
      );
    }
    assert(base >= 0 && base + size <= this.bytes, `bad mapping of ${device.name}`);
    this.add({ name: device.name, base, size, read: { device }, write: { device } });
  }

  /** All of a block, to be read and written. */
  mapMemory(base: number, block: MemoryBlock): void {
    this.add({ name: block.name, base, size: block.bytes, ...readWrite(block) });
  }

  /** Unsigned value of at most 4 bytes; undefined where nobody answers (an external abort). */
  read(address: number, size: BusSize): number | undefined {
    const found = this.find("read", address);
    if (!found) return undefined;
    const { answer, offset } = found;
    return "device" in answer ? answer.device.read(offset, size) : number(answer.block.read(offset, size));
  }

  /** For debuggers: what `read` would give, undefined where nobody answers, "changes" where reading would change a device. */
  peek(address: number, size: BusSize): number | "changes" | undefined {
    const found = this.find("read", address);
    const device = found && "device" in found.answer ? found.answer.device : undefined;
    return device && device.changesByRead?.(found!.offset) !== false ? "changes" : this.read(address, size);
  }

  /** False where nobody answers (an external abort). */
  write(address: number, size: BusSize, value: number): boolean {
    const found = this.find("write", address);
    if (!found) return false;
    const { answer, offset } = found;
    if ("device" in answer) answer.device.write(offset, size, value);
    else answer.block.write(offset, bytesOf(value, size));
    return true;
  }
}

/** A block of memory, from `offset` on, as RAM. */
export function readWrite(block: MemoryBlock, offset = 0): Answers {
  return { read: { block, offset }, write: { block, offset } };
}

/** Takes what is written where nothing changes by it, as a ROM does; reads as all ones. */
export const nobody: MmioDevice = {
  name: "nobody",
  read: (_offset, size) => 2 ** (8 * size) - 1,
  changesByRead: () => false,
  write: () => {},
};

function number(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

function bytesOf(value: number, size: BusSize): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => value >>> (8 * i));
}
