import type { TranslationReply, TranslationService } from "./translation-service.ts";
import type { TranslatedRegion, TranslationRequest } from "./translator/index.ts";
import {
  CODE_ENTRY_BYTES,
  CODE_INDEX,
  ENGINE,
  EXITS,
  HANDLER_SLOTS,
  PAGE_FLAGS,
  PAGE_HAS_REGIONS,
  RAM,
  type RegionExit,
} from "./layout.ts";

/** A translated region in use. */
interface Region {
  readonly page: number;
  /** Slots in the table by the word at which they enter. */
  readonly slots: Map<number, number>;
  readonly covered: ReadonlySet<number>;
  /** Its part of its module's Wasm. */
  readonly bytes: number;
}

export interface RegionCounters {
  /** In use now, and their bytes of Wasm. */
  regions: number;
  bytesInUse: number;
  /** Since the machine was made: modules, their bytes of Wasm and their guest instructions. */
  modules: number;
  bytes: number;
  instructions: number;
  /** Milliseconds that the translator worked. */
  ms: number;
  requested: number;
  installed: number;
  dropped: number;
  evicted: number;
}

/** What became of translation so far. Nothing of it is state. */
export interface TranslationStatistics extends Readonly<RegionCounters> {
  /** Steps that the CPU made, and those of them in translated code. */
  readonly steps: number;
  readonly translatedSteps: number;
  /** How often translated code was left, by reason. */
  readonly exits: Readonly<Record<RegionExit, number>>;
  /** Why there is no translator any more. */
  readonly failure: string | undefined;
}

/** A place to begin a region at, asked for so many times. */
interface Place {
  readonly page: number;
  readonly word: number;
  heat: number;
  /** The region that covers it could not be made anew with this entry: it gets one of its own. */
  alone: boolean;
}

const PAGE_WORDS = 1024;
const MAX_BATCH = 8;
/** Asked for so often before it is translated: below that, making it takes longer than it saves. */
const MIN_HEAT = 8;
const MAX_JOBS = 2;
const MAX_QUEUE = 4096;
/** Of Wasm in use; engines make several times as much of it. */
const MAX_BYTES = 32 * 1024 * 1024;

const keyOf = (page: number, word: number): number => page * PAGE_WORDS + word;

/** Translated code in use: asks for hot code, installs what arrives, drops what its page no longer says. */
export class Regions {
  service: TranslationService | undefined;
  minHeat = MIN_HEAT;
  maxBytes = MAX_BYTES;
  /** Whether what has never been executed is translated, too; for tests. */
  coldCode = false;
  readonly counters: RegionCounters = {
    regions: 0,
    bytesInUse: 0,
    modules: 0,
    bytes: 0,
    instructions: 0,
    ms: 0,
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
  private queue: Place[] = [];
  /** Asked for, or known to be untranslatable: until the page changes. */
  private readonly asked = new Map<number, Map<number, Place>>();
  /** Pages of which regions are being made, one at a time. */
  private readonly underWay = new Set<number>();
  private jobs = 0;
  /** Something in the queue is hot enough; looking for it costs too much to be done for nothing. */
  private due = false;
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

  statistics(steps: number): TranslationStatistics {
    const at = (address: number): number => this.words[address >> 2]! + this.words[(address >> 2) + 1]! * 2 ** 32;
    const exits = Object.fromEntries(EXITS.map((reason, i) => [reason, at(ENGINE.exits + 8 * i)]));
    return {
      ...this.counters,
      steps,
      translatedSteps: at(ENGINE.translatedSteps),
      exits: exits as Record<RegionExit, number>,
      failure: this.service?.failure?.(),
    };
  }

  /** A branch target has been reached often. Called in the middle of a run. */
  hot(page: number, word: number): void {
    if (!this.service) return;
    const asked = this.asked.get(page) ?? new Map<number, Place>();
    const before = asked.get(word);
    if (before) before.heat++;
    if ((before?.heat ?? 1) >= this.minHeat) this.due = true;
    if (before || this.byEntry.has(keyOf(page, word)) || this.queue.length >= MAX_QUEUE) return;
    const place = { page, word, heat: 1, alone: false };
    this.asked.set(page, asked.set(word, place));
    this.queue.push(place);
    this.counters.requested++;
  }

  /** Between runs, which may be a few steps apart: hands the hottest code to the service. */
  pump(): void {
    while (this.due && this.service && this.jobs < MAX_JOBS) {
      const batch = this.takeHottest();
      if (batch.length === 0) return;
      this.jobs++;
      this.service.request(this.requests(batch), (reply) => {
        this.jobs--;
        this.due = true;
        for (const { page } of batch) this.underWay.delete(page);
        this.install(batch, reply);
      });
    }
  }

  private takeHottest(): Place[] {
    // What has become part of another region, or was on a page that changed, is not wanted any more.
    const wanted = this.queue.filter((place) => {
      const { page, word } = place;
      return this.asked.get(page)?.get(word) === place && !this.byEntry.has(keyOf(page, word));
    });
    wanted.sort((a, b) => b.heat - a.heat);
    const batch: Place[] = [];
    this.queue = [];
    for (const place of wanted) {
      if (batch.length < MAX_BATCH && place.heat >= this.minHeat && !this.underWay.has(place.page)) {
        batch.push(place);
        this.underWay.add(place.page);
      } else this.queue.push(place);
    }
    this.due = batch.length > 0;
    return batch;
  }

  private requests(batch: readonly Place[]): TranslationRequest[] {
    return batch.map(({ page, word, alone }) => {
      const onPage = [...(this.byPage.get(page) ?? [])];
      const covering = alone ? undefined : onPage.find(({ covered }) => covered.has(word));
      const words = this.pageWords(page).slice();
      // A region made anew takes over what it reaches, so that the same code is not in many.
      const known = onPage.flatMap(({ slots }) => [...slots.keys()]);
      const entries = Uint16Array.from(new Set([word, ...known, ...(this.asked.get(page)?.keys() ?? [])]));
      const request = { words, entry: covering ? [...covering.slots.keys()][0]! : word, entries };
      return this.coldCode ? request : { ...request, executed: this.executed(page) };
    });
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

  private install(batch: readonly Place[], { module, bytes, ms, regions }: TranslationReply): void {
    const { exports } = new WebAssembly.Instance(module, this.imports);
    this.counters.modules++;
    this.counters.bytes += bytes;
    this.counters.ms += ms ?? 0;
    for (const { covered } of regions) this.counters.instructions += covered.length;
    regions.forEach((region, i) => {
      const { page, word, alone } = batch[i]!;
      if (region.entries.length === 0) return;
      const now = this.pageWords(page);
      const same = (n: number, at: number): boolean => now[n] === region.code[at] && !this.breakOffsets.has(n * 4);
      this.forget(page, word);
      if (this.codeOf(page) === 0 || !region.covered.every(same)) return;
      this.place(page, region, exports, bytes / regions.length);
      if (!alone && !this.byEntry.has(keyOf(page, word))) this.askAlone(page, word);
    });
  }

  private askAlone(page: number, word: number): void {
    this.hot(page, word);
    const place = this.asked.get(page)?.get(word);
    if (place) place.alone = true;
  }

  private place(
    page: number,
    { entries, covered }: TranslatedRegion,
    exports: Readonly<Record<string, unknown>>,
    bytes: number,
  ): void {
    while (this.all.size > 0 && this.counters.bytesInUse + bytes > this.maxBytes) this.evictOldest();
    const region: Region = { page, slots: new Map(), covered: new Set(covered), bytes };
    entries.forEach(({ word, function: name }) => {
      const key = keyOf(page, word);
      const before = this.byEntry.get(key);
      if (before) this.leaveEntry(before, word);
      this.forget(page, word);
      const slot = this.takeSlot();
      this.table.set(slot, exports[name]);
      region.slots.set(word, slot);
      this.byEntry.set(key, region);
      const entry = this.codeOf(page) + word * CODE_ENTRY_BYTES;
      this.decode(entry);
      this.words[entry >> 2] = (this.words[entry >> 2]! & ~0xffff) | slot;
    });
    this.all.add(region);
    this.byPage.set(page, (this.byPage.get(page) ?? new Set()).add(region));
    this.bytes[PAGE_FLAGS + page]! |= PAGE_HAS_REGIONS;
    this.counters.regions++;
    this.counters.bytesInUse += bytes;
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
    for (const word of [...region.slots.keys()]) this.closeEntry(region, word);
    this.remove(region);
    this.counters.dropped++;
  }

  /** Another region takes this entry over. */
  private leaveEntry(region: Region, word: number): void {
    this.closeEntry(region, word);
    if (region.slots.size === 0) this.remove(region);
  }

  private closeEntry({ page, slots }: Region, word: number): void {
    const slot = slots.get(word)!;
    const code = this.codeOf(page);
    // The entry decodes anew. A page whose code is gone has no entry.
    const at = (code >> 2) + word * 2;
    if (code !== 0 && (this.words[at]! & 0xffff) === slot) this.words[at] = 0;
    this.table.set(slot, null);
    this.freeSlots.push(slot);
    slots.delete(word);
    this.byEntry.delete(keyOf(page, word));
  }

  private remove(region: Region): void {
    const { page } = region;
    this.all.delete(region);
    const onPage = this.byPage.get(page)!;
    onPage.delete(region);
    if (onPage.size === 0) {
      this.byPage.delete(page);
      this.bytes[PAGE_FLAGS + page]! &= ~PAGE_HAS_REGIONS;
    }
    this.counters.regions--;
    this.counters.bytesInUse -= region.bytes;
  }

  private forget(page: number, word: number): void {
    const asked = this.asked.get(page);
    asked?.delete(word);
    if (asked?.size === 0) this.asked.delete(page);
  }

  /** These bytes of a page are about to change: what was made from them goes, and nothing else. */
  written(page: number, offset: number, count: number): void {
    for (const word of this.asked.get(page)?.keys() ?? []) {
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
    this.queue = [];
    this.due = false;
  }
}
