import type { BreakPlaces } from "../code/breakpoints.ts";
import { CoveredWords } from "../code/covered-words.ts";
import { HotPlaces, type Place } from "./hot-places.ts";
import { fits, type KnownRegion, KnownRegions } from "./known-regions.ts";
import { noCounts, type TranslationStatistics } from "./region-counters.ts";
import type { TranslationReply, TranslationRequest } from "./translation.ts";
import type { TranslationService } from "./translation-service.ts";
import {
  CODE_INDEX,
  ENGINE,
  EXITS,
  HANDLER_SLOTS,
  PAGE_FLAGS,
  PAGE_HAS_REGIONS,
  RAM,
  type RegionExit,
} from "../layout.ts";

/** A translated region in use. */
interface Region {
  readonly page: number;
  /** Words at which it is entered. */
  readonly entries: Set<number>;
  readonly covered: ReadonlySet<number>;
  readonly known: KnownRegion;
}

const PAGE_WORDS = 1024;
/** Asked for so often before it is translated: below that, making it takes longer than it saves. */
const MIN_HEAT = 8;
const MAX_JOBS = 2;
const MANY_SMALL = 12;
/** So long nothing must have been hot before modules are put together: hot code waits for nothing. */
const QUIET_STEPS = 2 ** 27;
/** So many times as many are put together also where something is always hot. */
const BUSY_PATIENCE = 16;
/** Of Wasm; engines make several times as much of it. */
const MAX_BYTES = 32 * 1024 * 1024;

const keyOf = (page: number, word: number): number => page * PAGE_WORDS + word;

/** Translated code in use: asks for hot code, installs what arrives, drops what its page no longer says. */
export class Regions {
  private translator: TranslationService | undefined;
  minHeat = MIN_HEAT;
  maxBytes = MAX_BYTES;
  /** Small modules in use that are put together, and for how long nothing must have been hot before. */
  manySmall = MANY_SMALL;
  quietSteps = QUIET_STEPS;
  /** Whether what has never been executed is translated, too; for tests. */
  coldCode = false;
  readonly counters = noCounts();
  private readonly words: Uint32Array;
  private readonly bytes: Uint8Array;
  /** In the order of their installation: the oldest go first. */
  private readonly all = new Set<Region>();
  private readonly byPage = new Map<number, Set<Region>>();
  private readonly byEntry = new Map<number, Region>();
  private readonly freeSlots: number[] = [];
  /** Stores to these are told to `written`. */
  private readonly coveredWords: CoveredWords;
  private readonly known: KnownRegions;
  private readonly places = new HotPlaces();
  private jobs = 0;
  /** Something in the queue is hot enough; looking for it costs too much to be done for nothing. */
  private due = false;
  /** Steps that had been made when something was last hot. */
  private busyAt = 0;

  constructor(
    memory: WebAssembly.Memory,
    private readonly table: WebAssembly.Table,
    firstSlot: number,
    imports: WebAssembly.Imports,
    /** The entry of a place, decoded. */
    private readonly decodeAt: (page: number, word: number) => number,
    /** These words of a page may be executed from now on without having been decoded. */
    private readonly covers: (page: number, words: Uint16Array) => void,
    private readonly breakPlaces: (page: number) => BreakPlaces,
  ) {
    this.known = new KnownRegions(imports);
    this.coveredWords = new CoveredWords(memory);
    this.words = new Uint32Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    for (let slot = HANDLER_SLOTS - 1; slot >= firstSlot; slot--) this.freeSlots.push(slot);
  }

  statistics(steps: number): TranslationStatistics {
    const at = (address: number): number => this.words[address >> 2]! + this.words[(address >> 2) + 1]! * 2 ** 32;
    const exits = Object.fromEntries(EXITS.map((reason, i) => [reason, at(ENGINE.exits + 8 * i)]));
    return {
      ...this.counters,
      bytesInUse: [...this.all].reduce((sum, { known }) => sum + known.bytes, 0),
      steps,
      translatedSteps: at(ENGINE.translatedSteps),
      exits: exits as Record<RegionExit, number>,
      failure: this.service?.failure?.(),
    };
  }

  get service(): TranslationService | undefined {
    return this.translator;
  }
  set service(service: TranslationService | undefined) {
    this.translator = service;
    for (const module of service?.known?.() ?? []) this.known.add(module);
    this.makeRoom();
  }

  /** A branch target has been reached often. Called in the middle of a run. */
  hot(page: number, word: number): void {
    // The word behind the page's last is another page's, and one that asks is never translated.
    if (!this.service || word >= PAGE_WORDS || this.breakPlaces(page).has(word)) return;
    if (this.byEntry.has(keyOf(page, word)) || this.recall(page, word)) return;
    const place = this.places.add(page, word);
    if (place.heat === 1) {
      this.counters.requested++;
      this.coveredWords.add(page, [word]);
    }
    if (place.heat >= this.minHeat) this.due = true;
  }

  /** Between runs, which may be a few steps apart: hands the hottest code to the service. `steps`: made so far. */
  pump(steps: number): void {
    if (this.due) this.busyAt = steps;
    while (this.due && this.ask(this.minHeat));
    const quiet = steps - this.busyAt >= this.quietSteps;
    this.merge(quiet ? this.manySmall : this.manySmall * BUSY_PATIENCE);
  }

  /** The guest waits for the world: time to translate what is only warm, for when it comes again. */
  rest(): void {
    if (!this.ask(1)) this.merge(this.manySmall);
  }

  /**
   * Regions in many small modules, as they are made, are put together: what a module has of its own, code and data of the
   * engine's, would push that of the others out of the processor's caches.
   */
  private merge(many: number): void {
    const { service } = this;
    if (!service || this.jobs > 0) return;
    const merge = this.known.worthMerging(many);
    if (!merge) return;
    this.jobs++;
    const done = (reply: TranslationReply): void => {
      this.jobs--;
      this.due = true;
      this.counters.merges++;
      this.counters.merged += merge.parts.length;
      this.counters.mergeMs += reply.ms ?? 0;
      this.known.merged(merge, reply);
      for (const part of merge.parts)
        if (part.slot !== undefined) this.table.set(part.slot, this.known.functionOf(part));
    };
    const regions = merge.parts.map(({ region }) => region);
    service.request(regions, done, { replaces: merge.modules });
  }

  private ask(minHeat: number): boolean {
    if (!this.service || this.jobs === MAX_JOBS) return false;
    const batch = this.places.takeHottest(minHeat, ({ page, word }) => !this.byEntry.has(keyOf(page, word)));
    this.due = batch.length > 0;
    if (!this.due) return false;
    this.jobs++;
    const done = (reply: TranslationReply): void => {
      this.jobs--;
      this.due = true;
      this.places.done(batch);
      this.install(batch, reply, keep);
    };
    // What goes around a breakpoint is of no use to others.
    const keep = batch.every(({ page }) => this.breakPlaces(page).size === 0);
    this.service.request(this.requests(batch), done, { keep });
    return true;
  }

  private requests(batch: readonly Place[]): TranslationRequest[] {
    return batch.map(({ page, word, alone }) => {
      const onPage = [...(this.byPage.get(page) ?? [])];
      const covering = alone ? undefined : onPage.find(({ covered }) => covered.has(word));
      const words = this.pageWords(page).slice();
      // A region made anew takes over what it reaches, so that the same code is not in many.
      const known = onPage.flatMap(({ entries }) => [...entries]);
      const entries = Uint16Array.from(new Set([word, ...known, ...this.places.wordsOf(page)]));
      const entry = covering ? [...covering.entries][0]! : word;
      return { words, entry, entries, executed: this.executed(page) };
    });
  }

  /** A byte per word of a page: 1 where its entry has been decoded, but not where it asks for a breakpoint. */
  private executed(page: number): Uint8Array<ArrayBuffer> {
    const executed = new Uint8Array(PAGE_WORDS).fill(this.coldCode ? 1 : 0);
    const code = this.codeOf(page) >> 2;
    if (code && !this.coldCode)
      for (let word = 0; word < PAGE_WORDS; word++) executed[word] = this.words[code + word * 2]! & 0xffff ? 1 : 0;
    for (const word of this.breakPlaces(page)) executed[word] = 0;
    return executed;
  }

  private codeOf(page: number): number {
    return this.words[(CODE_INDEX >> 2) + page]!;
  }

  private pageWords(page: number): Uint32Array {
    const first = (RAM + page * 4096) >>> 2;
    return this.words.subarray(first, first + PAGE_WORDS);
  }

  private install(batch: readonly Place[], reply: TranslationReply, mergeable: boolean): void {
    this.counters.modules++;
    this.counters.bytes += reply.bytes;
    this.counters.ms += reply.ms ?? 0;
    for (const { covered } of reply.regions) this.counters.instructions += covered.length;
    this.known.add(reply, mergeable).forEach((known, i) => {
      const { page, word, alone } = batch[i]!;
      if (known.region.entries.length === 0) return;
      this.places.forget(page, word);
      if (!this.fits(page, known)) return;
      this.place(page, known);
      if (!alone && !this.byEntry.has(keyOf(page, word))) this.askAlone(page, word);
    });
    this.makeRoom();
  }

  /** A word is about to be executed, or is hot: what was made from the same words before is used again. */
  recall(page: number, word: number): boolean {
    if (!this.service || !this.known.mayFind(word, this.words[((RAM + page * 4096) >>> 2) + word]!)) return false;
    const known = this.known.find(word, this.pageWords(page), this.breakPlaces(page));
    if (!known || this.codeOf(page) === 0) return false;
    this.place(page, known);
    this.counters.recalled++;
    return true;
  }

  private fits(page: number, { region }: KnownRegion): boolean {
    return this.codeOf(page) !== 0 && fits(this.pageWords(page), this.breakPlaces(page), region);
  }

  private askAlone(page: number, word: number): void {
    this.places.add(page, word).alone = true;
  }

  private place(page: number, known: KnownRegion): void {
    const { entries, covered } = known.region;
    const enter = this.known.use(known);
    if (known.slot === undefined) this.table.set((known.slot = this.takeSlot()), enter);
    const region: Region = { page, entries: new Set(entries), covered: new Set(covered), known };
    entries.forEach((word, which) => {
      const key = keyOf(page, word);
      const before = this.byEntry.get(key);
      if (before) this.leaveEntry(before, word);
      this.places.forget(page, word);
      this.byEntry.set(key, region);
      this.words[this.decodeAt(page, word) >> 2] = (which << 16) | known.slot!;
    });
    this.covers(page, covered);
    this.coveredWords.add(page, covered);
    this.all.add(region);
    this.byPage.set(page, (this.byPage.get(page) ?? new Set()).add(region));
    this.bytes[PAGE_FLAGS + page]! |= PAGE_HAS_REGIONS;
    this.counters.regions++;
    this.counters.installed++;
  }

  private takeSlot(): number {
    // Others may still use a region that goes from one page.
    while (this.freeSlots.length === 0) this.retireOldest();
    return this.freeSlots.pop()!;
  }

  /**
   * Least recently used goes first: before room is needed, the oldest in use are taken out of use. Where they are still
   * executed they come back when their entries are decoded; what has not come back is forgotten.
   */
  private makeRoom(): void {
    const { known, maxBytes } = this;
    if (known.exceeds(maxBytes * (3 / 4))) this.retireOldest();
    while (known.exceeds(maxBytes)) {
      known.forgetUnused(maxBytes * (7 / 8));
      if (known.exceeds(maxBytes)) this.retireOldest();
    }
  }

  private retireOldest(): void {
    const count = Math.ceil(this.all.size / 8);
    for (const region of [...this.all].slice(0, count)) {
      this.drop(region);
      this.counters.evicted++;
    }
  }

  private drop(region: Region): void {
    for (const word of [...region.entries]) this.closeEntry(region, word);
    this.remove(region);
    this.counters.dropped++;
  }

  /** Another region takes this entry over. */
  private leaveEntry(region: Region, word: number): void {
    this.closeEntry(region, word);
    if (region.entries.size > 0) return;
    this.remove(region);
    if (region.known.uses === 0) this.known.delete(region.known);
  }

  private closeEntry({ page, entries, known }: Region, word: number): void {
    const code = this.codeOf(page);
    // The entry decodes anew. A page whose code is gone has no entry.
    const at = (code >> 2) + word * 2;
    if (code !== 0 && (this.words[at]! & 0xffff) === known.slot) this.words[at] = 0;
    entries.delete(word);
    this.byEntry.delete(keyOf(page, word));
  }

  private remove(region: Region): void {
    const { page, known } = region;
    this.all.delete(region);
    const onPage = this.byPage.get(page)!;
    onPage.delete(region);
    if (onPage.size === 0) {
      this.byPage.delete(page);
      this.bytes[PAGE_FLAGS + page]! &= ~PAGE_HAS_REGIONS;
    }
    const rest = [...(this.byPage.get(page) ?? [])].flatMap(({ covered }) => [...covered]);
    this.coveredWords.replace(page, [...this.places.wordsOf(page), ...rest]);
    this.counters.regions--;
    if (--known.uses > 0) return;
    this.table.set(known.slot!, null);
    this.freeSlots.push(known.slot!);
    known.slot = undefined;
  }

  /** These bytes of a page are about to change: what was made from them goes, and nothing else. */
  written(page: number, offset: number, count: number): void {
    for (const word of this.places.wordsOf(page)) {
      if (word >= offset >> 2 && word <= (offset + count - 1) >> 2) this.places.forget(page, word);
    }
    for (const region of [...(this.byPage.get(page) ?? [])]) {
      for (let word = offset >> 2; word <= (offset + count - 1) >> 2; word++) {
        if (!region.covered.has(word)) continue;
        this.drop(region);
        break;
      }
    }
  }

  /** Breakpoints came or went: no region may run over these words, or any may again. */
  breaksChanged(page: number, words: BreakPlaces): void {
    // What could not be translated for a breakpoint can be now.
    for (const word of [...this.places.wordsOf(page)]) this.places.forget(page, word);
    for (const region of [...(this.byPage.get(page) ?? [])])
      if ([...words].some((word) => region.covered.has(word))) this.drop(region);
  }

  clear(): void {
    for (const region of [...this.all]) this.drop(region);
    this.places.clear();
    this.due = false;
  }
}
