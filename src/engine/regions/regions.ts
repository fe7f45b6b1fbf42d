import type { BreakPlaces } from "../code/breakpoints.ts";
import { CoveredUnits } from "../code/covered-units.ts";
import type { RegionCode } from "../code/predecoded.ts";
import { HotPlaces, type Place } from "./hot-places.ts";
import { fits, type KnownRegion, KnownRegions } from "./known-regions.ts";
import { noCounts, type TranslationStatistics } from "./region-counters.ts";
import type { TranslationReply, TranslationRequest } from "./translation.ts";
import type { TranslationService } from "./translation-service.ts";
import { ENGINE, EXITS, HANDLER_SLOTS, PAGE_FLAGS, PAGE_HAS_REGIONS, type RegionExit } from "../layout.ts";

/** A translated region in use. */
interface Region {
  readonly page: number;
  /** Units at which it is entered. */
  readonly entries: Set<number>;
  readonly covered: ReadonlySet<number>;
  readonly known: KnownRegion;
}

/** No page has more: what a place's page is multiplied with, so that one number says both. */
const MOST_UNITS = 4096;
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

const keyOf = (page: number, unit: number): number => page * MOST_UNITS + unit;

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
  private readonly memory32: Uint32Array;
  private readonly bytes: Uint8Array;
  /** In the order of their installation: the oldest go first. */
  private readonly all = new Set<Region>();
  private readonly byPage = new Map<number, Set<Region>>();
  private readonly byEntry = new Map<number, Region>();
  private readonly freeSlots: number[] = [];
  /** Stores to these are told to `written`. */
  private readonly coveredUnits: CoveredUnits;
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
    private readonly code: RegionCode,
    /** These units of a page of RAM may be executed from now on without having been decoded. */
    private readonly covers: (page: number, units: Uint16Array) => void,
    private readonly breakPlacesOf: (page: number) => BreakPlaces,
  ) {
    this.known = new KnownRegions(imports);
    this.coveredUnits = new CoveredUnits((page) => code.covered(page));
    this.memory32 = new Uint32Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    for (let slot = HANDLER_SLOTS - 1; slot >= firstSlot; slot--) this.freeSlots.push(slot);
  }

  statistics(steps: number): TranslationStatistics {
    const at = (address: number): number => this.memory32[address >> 2]! + this.memory32[(address >> 2) + 1]! * 2 ** 32;
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
  hot(page: number, unit: number): void {
    // The unit behind the page's last is another page's, and what asks is never translated.
    if (!this.service || unit >= this.code.units.perPage || this.asks(page, unit)) return;
    if (this.byEntry.has(keyOf(page, unit)) || this.recall(page, unit)) return;
    const place = this.places.add(page, unit);
    if (place.heat === 1) {
      this.counters.requested++;
      this.coveredUnits.add(page, [unit]);
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
    const batch = this.places.takeHottest(minHeat, ({ page, unit }) => !this.byEntry.has(keyOf(page, unit)));
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
    return batch.map(({ page, unit, alone }) => {
      const onPage = [...(this.byPage.get(page) ?? [])];
      const covering = alone ? undefined : onPage.find(({ covered }) => covered.has(unit));
      const units = this.code.content(page).slice();
      const mode = page % this.code.modes;
      // A region made anew takes over what it reaches, so that the same code is not in many.
      const known = onPage.flatMap(({ entries }) => [...entries]);
      const entries = Uint16Array.from(new Set([unit, ...known, ...this.places.unitsOf(page)]));
      const entry = covering ? [...covering.entries][0]! : unit;
      return { units, mode, entry, entries, executed: this.executed(page) };
    });
  }

  /** A byte per unit of a page: 1 where its entry has been decoded, but not where there is a breakpoint in what it says. */
  private executed(page: number): Uint8Array<ArrayBuffer> {
    const executed = this.coldCode ? new Uint8Array(this.code.units.perPage).fill(1) : this.code.decoded(page);
    for (const place of this.breakPlaces(page))
      for (let unit = Math.max(0, place + 1 - this.code.longest); unit <= place; unit++)
        if (this.asks(page, unit)) executed[unit] = 0;
    return executed;
  }

  /** Whether there is a breakpoint in the instruction at a place: no region that covers it would fit. */
  private asks(page: number, unit: number): boolean {
    const places = this.breakPlaces(page);
    if (places.size === 0) return false;
    for (let end = unit + this.code.lengthAt(page, unit); unit < end; unit++) if (places.has(unit)) return true;
    return false;
  }

  private ramPage(page: number): number {
    return Math.floor(page / this.code.modes);
  }
  private breakPlaces(page: number): BreakPlaces {
    return this.breakPlacesOf(this.ramPage(page));
  }
  /** A page of RAM in each mode. */
  private inModes(ramPage: number): number[] {
    return Array.from({ length: this.code.modes }, (_, mode) => ramPage * this.code.modes + mode);
  }

  private install(batch: readonly Place[], reply: TranslationReply, mergeable: boolean): void {
    this.counters.modules++;
    this.counters.bytes += reply.bytes;
    this.counters.ms += reply.ms ?? 0;
    for (const { covered } of reply.regions) this.counters.instructions += covered.length;
    this.known.add(reply, mergeable).forEach((known, i) => {
      const { page, unit, alone } = batch[i]!;
      if (known.region.entries.length === 0) return;
      this.places.forget(page, unit);
      if (!this.fits(page, known)) return;
      this.place(page, known);
      if (!alone && !this.byEntry.has(keyOf(page, unit))) this.askAlone(page, unit);
    });
    this.makeRoom();
  }

  /** A unit is about to be executed, or is hot: what was made from the same units before is used again. */
  recall(page: number, unit: number): boolean {
    const { code } = this;
    if (!this.service || !this.known.mayFind(unit, code.unitAt(page, unit))) return false;
    const known = this.known.find(unit, code.content(page), this.breakPlaces(page), page % code.modes);
    if (!known || !code.has(page)) return false;
    this.place(page, known);
    this.counters.recalled++;
    return true;
  }

  private fits(page: number, { region }: KnownRegion): boolean {
    return this.code.has(page) && fits(this.code.content(page), this.breakPlaces(page), region);
  }

  private askAlone(page: number, unit: number): void {
    this.places.add(page, unit).alone = true;
  }

  private place(page: number, known: KnownRegion): void {
    const { entries, covered } = known.region;
    const enter = this.known.use(known);
    if (known.slot === undefined) this.table.set((known.slot = this.takeSlot()), enter);
    const region: Region = { page, entries: new Set(entries), covered: new Set(covered), known };
    entries.forEach((unit, which) => {
      const key = keyOf(page, unit);
      const before = this.byEntry.get(key);
      if (before) this.leaveEntry(before, unit);
      this.places.forget(page, unit);
      const entry = this.code.decodeAt(page, unit);
      if (entry === 0) {
        region.entries.delete(unit);
        return;
      }
      this.byEntry.set(key, region);
      this.memory32[entry >> 2] = (which << 16) | known.slot!;
    });
    this.covers(this.ramPage(page), covered);
    this.coveredUnits.add(page, covered);
    this.all.add(region);
    this.byPage.set(page, (this.byPage.get(page) ?? new Set()).add(region));
    this.bytes[PAGE_FLAGS + this.ramPage(page)]! |= PAGE_HAS_REGIONS;
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
    for (const unit of [...region.entries]) this.closeEntry(region, unit);
    this.remove(region);
    this.counters.dropped++;
  }

  /** Another region takes this entry over. */
  private leaveEntry(region: Region, unit: number): void {
    this.closeEntry(region, unit);
    if (region.entries.size > 0) return;
    this.remove(region);
    if (region.known.uses === 0) this.known.delete(region.known);
  }

  private closeEntry({ page, entries, known }: Region, unit: number): void {
    // The entry decodes anew. A page whose code is gone has no entry.
    const entry = this.code.has(page) ? this.code.entryAt(page, unit) : 0;
    if (entry !== 0 && (this.memory32[entry >> 2]! & 0xffff) === known.slot) this.code.forgetEntry(page, unit);
    entries.delete(unit);
    this.byEntry.delete(keyOf(page, unit));
  }

  private remove(region: Region): void {
    const { page, known } = region;
    this.all.delete(region);
    const onPage = this.byPage.get(page)!;
    onPage.delete(region);
    if (onPage.size === 0) {
      this.byPage.delete(page);
      const ramPage = this.ramPage(page);
      if (!this.inModes(ramPage).some((one) => this.byPage.has(one)))
        this.bytes[PAGE_FLAGS + ramPage]! &= ~PAGE_HAS_REGIONS;
    }
    const rest = [...(this.byPage.get(page) ?? [])].flatMap(({ covered }) => [...covered]);
    this.coveredUnits.replace(page, [...this.places.unitsOf(page), ...rest]);
    this.counters.regions--;
    if (--known.uses > 0) return;
    this.table.set(known.slot!, null);
    this.freeSlots.push(known.slot!);
    known.slot = undefined;
  }

  /** These bytes of a page of RAM are about to change: what was made from them goes, and nothing else. */
  written(ramPage: number, offset: number, count: number): void {
    const { bytes } = this.code.units;
    const [first, last] = [Math.floor(offset / bytes), Math.floor((offset + count - 1) / bytes)];
    for (const page of this.inModes(ramPage)) {
      for (const unit of this.places.unitsOf(page)) if (unit >= first && unit <= last) this.places.forget(page, unit);
      for (const region of [...(this.byPage.get(page) ?? [])]) {
        for (let unit = first; unit <= last; unit++) {
          if (!region.covered.has(unit)) continue;
          this.drop(region);
          break;
        }
      }
    }
  }

  /** Breakpoints came or went: no region may run over these units, or any may again. */
  breaksChanged(ramPage: number, places: BreakPlaces): void {
    for (const page of this.inModes(ramPage)) {
      // What could not be translated for a breakpoint can be now.
      for (const unit of [...this.places.unitsOf(page)]) this.places.forget(page, unit);
      for (const region of [...(this.byPage.get(page) ?? [])])
        if ([...places].some((place) => region.covered.has(place))) this.drop(region);
    }
  }

  clear(): void {
    for (const region of [...this.all]) this.drop(region);
    this.places.clear();
    this.due = false;
  }
}
