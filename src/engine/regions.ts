import type { TranslationReply, TranslationService } from "./translation-service.ts";
import type { TranslatedRegion, TranslationRequest } from "./translator/index.ts";
import { CODE_ENTRY_BYTES, CODE_INDEX, HANDLER_SLOTS, PAGE_FLAGS, PAGE_HAS_REGIONS, RAM } from "./layout.ts";

/** A translated region in use. */
interface Region {
  readonly page: number;
  /** Slots in the table by the word at which they enter. */
  readonly slots: Map<number, number>;
  readonly covered: ReadonlySet<number>;
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

interface Place {
  readonly page: number;
  readonly word: number;
}

const PAGE_WORDS = 1024;
const MAX_BATCH = 16;
const MAX_QUEUE = 4096;

const keyOf = (page: number, word: number): number => page * PAGE_WORDS + word;

/** Translated code in use: asks for hot code, installs what arrives, drops what its page no longer says. */
export class Regions {
  service: TranslationService | undefined;
  /** Whether what has never been executed is translated, too; for tests. */
  coldCode = false;
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
  /** In the order of their installation: the oldest go first. */
  private readonly all = new Set<Region>();
  private readonly byPage = new Map<number, Set<Region>>();
  private readonly byEntry = new Map<number, Region>();
  private readonly freeSlots: number[] = [];
  private readonly queue: Place[] = [];
  /** Asked for, or known to be untranslatable: until the page changes. */
  private readonly asked = new Map<number, Set<number>>();
  private underWay = 0;
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
  hot(page: number, word: number): void {
    if (!this.service) return;
    const asked = this.asked.get(page) ?? new Set();
    if (asked.has(word) || this.byEntry.has(keyOf(page, word)) || this.queue.length >= MAX_QUEUE) return;
    this.asked.set(page, asked.add(word));
    this.queue.push({ page, word });
    this.counters.requested++;
  }

  /** Between runs: hands hot code to the service. */
  pump(): void {
    // While one is being made, the next one grows: fewer and larger modules are cheaper.
    while (this.service && this.queue.length > 0 && this.underWay < (this.queue.length < MAX_BATCH ? 1 : 2)) {
      const batch = this.queue.splice(0, MAX_BATCH).filter(({ page, word }) => !this.byEntry.has(keyOf(page, word)));
      this.underWay++;
      this.service.request(this.requests(batch), (reply) => {
        this.underWay--;
        this.install(batch, reply);
      });
    }
  }

  private requests(batch: readonly Place[]): TranslationRequest[] {
    const pages = new Map<number, Omit<TranslationRequest, "entry">>();
    for (const { page } of batch) {
      if (pages.has(page)) continue;
      const words = this.pageWords(page).slice();
      pages.set(page, this.coldCode ? { words } : { words, executed: this.executed(page) });
    }
    return batch.map(({ page, word }) => ({ ...pages.get(page)!, entry: word }));
  }

  /** A byte per word of a page: 1 where its entry has been decoded. */
  private executed(page: number): Uint8Array<ArrayBuffer> {
    const executed = new Uint8Array(PAGE_WORDS);
    const code = this.codeOf(page) >> 2;
    if (code)
      for (let word = 0; word < PAGE_WORDS; word++) executed[word] = this.words[code + word * 2]! & 0xffff ? 1 : 0;
    return executed;
  }

  private codeOf(page: number): number {
    return this.words[(CODE_INDEX >> 2) + page]!;
  }

  private pageWords(page: number): Uint32Array {
    return this.words.subarray((RAM + page * 4096) >> 2, (RAM + page * 4096 + 4096) >> 2);
  }

  private install(batch: readonly Place[], { module, bytes, regions }: TranslationReply): void {
    const { exports } = new WebAssembly.Instance(module, this.imports);
    this.counters.modules++;
    this.counters.bytes += bytes;
    regions.forEach((region, i) => {
      const { page, word } = batch[i]!;
      if (region.entries.length === 0) return;
      const now = this.pageWords(page);
      const same = (n: number, at: number): boolean => now[n] === region.code[at] && !this.breakOffsets.has(n * 4);
      this.forget(page, word);
      if (this.codeOf(page) !== 0 && region.covered.every(same)) this.place(page, region, exports);
    });
  }

  private place(
    page: number,
    { entries, covered }: TranslatedRegion,
    exports: Readonly<Record<string, unknown>>,
  ): void {
    const region: Region = { page, slots: new Map(), covered: new Set(covered) };
    const onPage = this.byPage.get(page) ?? new Set();
    entries.forEach(({ word, function: name }) => {
      const key = keyOf(page, word);
      // What arrived first stays: it is as good.
      if (this.byEntry.has(key)) return;
      const slot = this.takeSlot();
      this.table.set(slot, exports[name]);
      region.slots.set(word, slot);
      this.byEntry.set(key, region);
      const entry = this.codeOf(page) + word * CODE_ENTRY_BYTES;
      this.decode(entry);
      this.words[entry >> 2] = (this.words[entry >> 2]! & ~0xffff) | slot;
    });
    if (region.slots.size === 0) return;
    this.all.add(region);
    this.byPage.set(page, onPage.add(region));
    this.bytes[PAGE_FLAGS + page]! |= PAGE_HAS_REGIONS;
    this.counters.regions++;
    this.counters.installed++;
  }

  private takeSlot(): number {
    if (this.freeSlots.length === 0) this.evictOldest();
    return this.freeSlots.pop()!;
  }

  private evictOldest(): void {
    const count = Math.ceil(this.all.size / 8);
    for (const region of [...this.all].slice(0, count)) {
      this.drop(region);
      this.counters.evicted++;
    }
  }

  private drop(region: Region): void {
    const { page, slots } = region;
    const code = this.codeOf(page);
    for (const [word, slot] of slots) {
      // The entry decodes anew. A page whose code is gone has no entry.
      const at = (code >> 2) + word * 2;
      if (code !== 0 && (this.words[at]! & 0xffff) === slot) this.words[at] = 0;
      this.table.set(slot, null);
      this.freeSlots.push(slot);
      this.byEntry.delete(keyOf(page, word));
    }
    this.all.delete(region);
    const onPage = this.byPage.get(page)!;
    onPage.delete(region);
    if (onPage.size === 0) {
      this.byPage.delete(page);
      this.bytes[PAGE_FLAGS + page]! &= ~PAGE_HAS_REGIONS;
    }
    this.counters.regions--;
    this.counters.dropped++;
  }

  private forget(page: number, word: number): void {
    const asked = this.asked.get(page);
    asked?.delete(word);
    if (asked?.size === 0) this.asked.delete(page);
  }

  /** These bytes of a page are about to change: what was made from them goes, and nothing else. */
  written(page: number, offset: number, count: number): void {
    for (const word of this.asked.get(page) ?? []) {
      if (word >= offset >> 2 && word <= (offset + count - 1) >> 2) this.forget(page, word);
    }
    for (const region of [...(this.byPage.get(page) ?? [])]) {
      for (let word = offset >> 2; word <= (offset + count - 1) >> 2; word++) {
        if (!region.covered.has(word)) continue;
        this.drop(region);
        break;
      }
    }
  }

  dropPage(page: number): void {
    this.written(page, 0, 4096);
  }

  /** No region may run over these page offsets. */
  setBreakOffsets(offsets: ReadonlySet<number>): void {
    this.breakOffsets = offsets;
    const words = [...offsets].map((offset) => offset >> 2);
    for (const region of [...this.all]) if (words.some((word) => region.covered.has(word))) this.drop(region);
  }

  clear(): void {
    for (const region of [...this.all]) this.drop(region);
    this.asked.clear();
    this.queue.length = 0;
  }
}
