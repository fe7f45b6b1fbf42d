import { assert } from "../base/index.ts";
import type { AccessSize, MmioDevice } from "./device.ts";

/** One mapped device: physical addresses `base` to `base + size - 1`. */
export interface Mapping {
  readonly base: number;
  readonly size: number;
  readonly device: MmioDevice;
}

/** The physical address space outside RAM. Not state: a board maps its devices once. */
export class Bus {
  /** By address. */
  private readonly all: Mapping[] = [];
  private last: Mapping | undefined;

  get mappings(): readonly Mapping[] {
    return this.all;
  }

  map(base: number, size: number, device: MmioDevice): void {
    assert(Number.isSafeInteger(base + size) && base >= 0 && size > 0, `bad mapping of ${device.name}`);
    const mapping: Mapping = { base, size, device };
    for (const other of this.all) {
      assert(
        base + size <= other.base || other.base + other.size <= base,
        `${device.name} overlaps ${other.device.name}`,
      );
    }
    this.all.splice(this.after(base), 0, mapping);
  }

  find(address: number): Mapping | undefined {
    const last = this.last;
    if (last && address >= last.base && address < last.base + last.size) return last;
    const found = this.all[this.after(address) - 1];
    if (!found || address >= found.base + found.size) return undefined;
    this.last = found;
    return found;
  }

  /** Index of the first mapping above an address. */
  private after(address: number): number {
    let [low, high] = [0, this.all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle]!.base <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Unsigned value of at most 4 bytes; undefined where no device answers (an external abort). */
  read(address: number, size: Exclude<AccessSize, 8>): number | undefined {
    const mapping = this.find(address);
    return mapping?.device.read(address - mapping.base, size);
  }

  /** For debuggers: what `read` would give, undefined where no device is, "changes" where reading would change one. */
  peek(address: number, size: Exclude<AccessSize, 8>): number | "changes" | undefined {
    const mapping = this.find(address);
    if (!mapping) return undefined;
    const { base, device } = mapping;
    return device.changesByRead?.(address - base) === false ? device.read(address - base, size) : "changes";
  }

  /** False where no device answers (an external abort). */
  write(address: number, size: Exclude<AccessSize, 8>, value: number): boolean {
    const mapping = this.find(address);
    if (!mapping) return false;
    mapping.device.write(address - mapping.base, size, value);
    return true;
  }
}
