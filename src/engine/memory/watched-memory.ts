import type { PhysicalMemory } from "./physical-memory.ts";

/** A range of addresses whose accesses are watched. */
export interface WatchedRange {
  readonly address: bigint;
  readonly length: number;
  /** The address is a physical one. */
  readonly physical?: true;
}

/** What it needs of the CPU whose accesses are watched. */
export interface WatchedCpu {
  readonly position: number;
  translate(address: bigint): number | undefined;
  readonly physical: PhysicalMemory;
}

/** No step of any guest reaches further: 64 bytes, four vector registers or a cache line. */
const STEP_BYTES = 64n;

/** Which pages are accessed the slow way, because something on them is watched, and how a stopped step is undone. */
export class WatchedMemory {
  private ranges: readonly WatchedRange[] = [];
  /** What is watched, and what a step that reaches there may store to before. */
  private pages: ReadonlySet<bigint> = new Set();
  /** The same by physical address, without neighbours. */
  private physicalPages: ReadonlySet<number> = new Set();
  /** What the step in execution stored over, near what is watched. */
  private readonly stores: { readonly position: number; readonly physical: number; readonly old: Uint8Array }[] = [];

  constructor(private readonly cpu: WatchedCpu) {}

  /** 0: nothing is watched; 1: one range; 2: more, or what is physical. */
  get kind(): number {
    if (this.hasPhysical || this.ranges.length > 1) return 2;
    return this.ranges.length;
  }

  /** The first and the last address near what is watched; all, where something is physical. */
  get bounds(): readonly [bigint, bigint] {
    const last = (1n << 64n) - 1n;
    if (this.hasPhysical) return [0n, last];
    let bounds: [bigint, bigint] = [last, 0n];
    for (const { address, length } of this.ranges) {
      const [from, to] = [address - STEP_BYTES, address + BigInt(length) + STEP_BYTES];
      bounds = [from < bounds[0] ? from : bounds[0], to > bounds[1] ? to : bounds[1]];
    }
    return [bounds[0] < 0n ? 0n : bounds[0], bounds[1] > last ? last : bounds[1]];
  }

  get hasPhysical(): boolean {
    return this.physicalPages.size > 0;
  }

  set(ranges: readonly WatchedRange[]): void {
    const pages = new Set<bigint>();
    const physicalPages = new Set<number>();
    for (const { address, length, physical } of ranges) {
      if (physical) {
        const end = Number(address) + length;
        for (let page = Math.floor(Number(address) / 4096); page * 4096 < end; page++) physicalPages.add(page);
        continue;
      }
      const last = (address + BigInt(length) + STEP_BYTES) >> 12n;
      for (let page = (address - STEP_BYTES) >> 12n; page <= last; page++) pages.add(page);
    }
    this.ranges = ranges.filter(({ physical }) => !physical);
    this.pages = pages;
    this.physicalPages = physicalPages;
  }

  /** Whether every access to this address's page is a slow one. */
  includesPage(address: bigint): boolean {
    if (this.pages.has(address >> 12n)) return true;
    if (this.physicalPages.size === 0) return false;
    const physical = this.cpu.translate(address);
    return physical !== undefined && this.physicalPages.has(Math.floor(physical / 4096));
  }

  /** A step may store more than once, and stop at a watched access after the first: what it stores nearby can be taken back. */
  remember(address: bigint, bytes: number): void {
    const { stores } = this;
    const { position } = this.cpu;
    if (stores.length > 0 && stores[0]!.position !== position) stores.length = 0;
    const end = address + BigInt(bytes);
    if (!this.ranges.some((w) => address < w.address + BigInt(w.length) + STEP_BYTES && end > w.address - STEP_BYTES))
      return;
    for (let at = address; at < end; at = ((at >> 12n) + 1n) << 12n) {
      const pageEnd = ((at >> 12n) + 1n) << 12n;
      const physical = this.cpu.translate(at);
      const old =
        physical !== undefined && this.cpu.physical.readRam(physical, Number((end < pageEnd ? end : pageEnd) - at));
      if (old) stores.push({ position, physical, old });
    }
  }

  /** The step in execution has not happened. */
  takeBack(): void {
    const { position } = this.cpu;
    for (const store of this.stores.splice(0).reverse()) {
      if (store.position === position) this.cpu.physical.writeRam(store.physical, store.old);
    }
  }
}
