import { assert } from "../base/index.ts";
import type { AccessSize, MmioDevice } from "./device.ts";

/** One mapped device: physical addresses `base` to `base + size - 1`. */
export interface Mapping {
  readonly base: number;
  readonly size: number;
  readonly device: MmioDevice;
}

const PAGE_BYTES = 4096;

/**
 * The physical address space outside RAM. Finds the device behind an address by its 4 KB page.
 * Not state: a board maps its devices once.
 */
export class Bus {
  private readonly all: Mapping[] = [];
  private readonly pages = new Map<number, Mapping[]>();
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
    this.all.push(mapping);
    for (let page = Math.floor(base / PAGE_BYTES); page * PAGE_BYTES < base + size; page++) {
      const found = this.pages.get(page);
      if (found) found.push(mapping);
      else this.pages.set(page, [mapping]);
    }
  }

  find(address: number): Mapping | undefined {
    const last = this.last;
    if (last && address >= last.base && address < last.base + last.size) return last;
    const found = this.pages.get(Math.floor(address / PAGE_BYTES));
    if (!found) return undefined;
    for (const mapping of found) {
      if (address >= mapping.base && address < mapping.base + mapping.size) {
        this.last = mapping;
        return mapping;
      }
    }
    return undefined;
  }

  /** Unsigned value of at most 4 bytes; undefined where no device answers (an external abort). */
  read(address: number, size: Exclude<AccessSize, 8>): number | undefined {
    const mapping = this.find(address);
    return mapping?.device.read(address - mapping.base, size);
  }

  /** False where no device answers (an external abort). */
  write(address: number, size: Exclude<AccessSize, 8>, value: number): boolean {
    const mapping = this.find(address);
    if (!mapping) return false;
    mapping.device.write(address - mapping.base, size, value);
    return true;
  }
}
