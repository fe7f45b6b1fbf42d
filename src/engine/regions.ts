import type { TranslationReply, TranslationService } from "./translation-service.ts";
import type { TranslationRequest } from "./translator/index.ts";
import { CODE_ENTRY_BYTES, CODE_INDEX, HANDLER_SLOTS, PAGE_FLAGS, PAGE_HAS_REGIONS, RAM } from "./layout.ts";

interface Installed {
  readonly page: number;
  readonly entry: number;
  readonly slot: number;
  readonly covered: ReadonlySet<number>;
  /** When it was installed: the oldest go first. */
  readonly age: number;
}

export interface RegionCounters {
  regions: number;
  modules: number;
  bytes: number;
  requested: number;
  installed: number;
  dropped: number;
  evicted: number;
}

const MAX_BATCH = 16;
const MAX_QUEUE = 4096;

/** Translated code in use: asks for hot code, installs what arrives, drops what its page no longer says. */
export class Regions {
  service: TranslationService | undefined;
  readonly counters: RegionCounters = {
    regions: 0,
    modules: 0,
    bytes: 0,
    requested: 0,
    installed: 0,
    dropped: 0,
    evicted: 0,
  };
  private readonly words: Uint32Array;
  private readonly bytes: Uint8Array;
  private readonly byPage = new Map<number, Map<number, Installed>>();
  private readonly freeSlots: number[] = [];
  private readonly queue: { page: number; entry: number }[] = [];
  /** Asked for, or known to be untranslatable: page × 1024 + entry, until the page changes. */
  private readonly asked = new Set<number>();
  private underWay = 0;
  private age = 0;
  private breakOffsets: ReadonlySet<number> = new Set();

  constructor(
    memory: WebAssembly.Memory,
    private readonly table: WebAssembly.Table,
    firstSlot: number,
    private readonly imports: WebAssembly.Imports,
    /** Fills in the entry at a code address. */
    private readonly decode: (entry: number) => void,
  ) {
    this.words = new Uint32Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    for (let slot = HANDLER_SLOTS - 1; slot >= firstSlot; slot--) this.freeSlots.push(slot);
  }

  /** A branch target has been reached often. Called in the middle of a run. */
  hot(page: number, entry: number): void {
    if (!this.service) return;
    const key = page * 1024 + entry;
    if (this.asked.has(key) || this.queue.length >= MAX_QUEUE) return;
    this.asked.add(key);
    this.queue.push({ page, entry });
    this.counters.requested++;
  }

  /** Between runs: hands hot code to the service. */
  pump(): void {
    while (this.service && this.queue.length > 0 && this.underWay < 2) {
      const batch = this.queue.splice(0, MAX_BATCH);
      const requests = batch.map(({ page, entry }) => ({ words: this.pageWords(page).slice(), entry }));
      this.underWay++;
      this.service.request(requests, (reply) => {
        this.underWay--;
        this.install(batch, requests, reply);
      });
    }
  }

  private pageWords(page: number): Uint32Array {
    return this.words.subarray((RAM + page * 4096) >> 2, (RAM + page * 4096 + 4096) >> 2);
  }

  private install(
    batch: readonly { page: number; entry: number }[],
    requests: readonly TranslationRequest[],
    { module, bytes, regions }: TranslationReply,
  ): void {
    const { exports } = new WebAssembly.Instance(module, this.imports);
    this.counters.modules++;
    this.counters.bytes += bytes;
    regions.forEach((region, i) => {
      const { page, entry } = batch[i]!;
      for (const next of region.continuations) this.hot(page, next);
      if (region.function === undefined) return;
      const code = this.words[(CODE_INDEX >> 2) + page]!;
      const now = this.pageWords(page);
      const { words } = requests[i]!;
      const same = code !== 0 && region.covered.every((n) => now[n] === words[n] && !this.breakOffsets.has(n * 4));
      if (!same) {
        this.asked.delete(page * 1024 + entry);
        return;
      }
      this.place(
        { page, entry, slot: this.takeSlot(), covered: new Set(region.covered), age: this.age++ },
        code,
        exports[region.function],
      );
    });
  }

  private place(region: Installed, code: number, run: unknown): void {
    let onPage = this.byPage.get(region.page);
    if (!onPage) this.byPage.set(region.page, (onPage = new Map()));
    const old = onPage.get(region.entry);
    if (old) this.drop(old);
    this.table.set(region.slot, run);
    onPage.set(region.entry, region);
    this.byPage.set(region.page, onPage);
    const entry = code + region.entry * CODE_ENTRY_BYTES;
    this.decode(entry);
    this.words[entry >> 2] = region.slot;
    this.bytes[PAGE_FLAGS + region.page]! |= PAGE_HAS_REGIONS;
    this.counters.regions++;
    this.counters.installed++;
  }

  private takeSlot(): number {
    if (this.freeSlots.length === 0) this.evictOldest();
    return this.freeSlots.pop()!;
  }

  /** Makes room for many at once: finding the oldest costs a look at all. */
  private evictOldest(): void {
    const all = [...this.byPage.values()].flatMap((regions) => [...regions.values()]).sort((a, b) => a.age - b.age);
    for (const region of all.slice(0, Math.ceil(all.length / 8))) {
      this.drop(region);
      this.counters.evicted++;
    }
  }

  private drop(region: Installed): void {
    const { page, entry, slot } = region;
    const code = this.words[(CODE_INDEX >> 2) + page]!;
    // The entry decodes anew. A page whose code is gone has no entry.
    if (code !== 0 && (this.words[(code >> 2) + entry * 2]! & 0xffff) === slot) this.words[(code >> 2) + entry * 2] = 0;
    this.table.set(slot, null);
    this.freeSlots.push(slot);
    this.asked.delete(page * 1024 + entry);
    const onPage = this.byPage.get(page)!;
    onPage.delete(entry);
    if (onPage.size === 0) {
      this.byPage.delete(page);
      this.bytes[PAGE_FLAGS + page]! &= ~PAGE_HAS_REGIONS;
    }
    this.counters.regions--;
    this.counters.dropped++;
  }

  /** These bytes of a page are about to change: what was made from them goes, and nothing else. */
  written(page: number, offset: number, count: number): void {
    const onPage = this.byPage.get(page);
    if (!onPage) return;
    for (const region of [...onPage.values()]) {
      for (let word = offset >> 2; word <= (offset + count - 1) >> 2; word++) {
        if (!region.covered.has(word)) continue;
        this.drop(region);
        break;
      }
    }
  }

  dropPage(page: number): void {
    this.written(page, 0, 4096);
    const onPage = this.byPage.get(page);
    if (onPage) for (const region of [...onPage.values()]) this.drop(region);
  }

  /** No region may run over these page offsets. */
  setBreakOffsets(offsets: ReadonlySet<number>): void {
    this.breakOffsets = offsets;
    const words = [...offsets].map((offset) => offset >> 2);
    for (const onPage of [...this.byPage.values()]) {
      for (const region of [...onPage.values()]) if (words.some((w) => region.covered.has(w))) this.drop(region);
    }
  }

  clear(): void {
    for (const page of [...this.byPage.keys()]) this.dropPage(page);
    this.asked.clear();
    this.queue.length = 0;
  }
}
