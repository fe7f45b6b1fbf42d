import { assert } from "../../base/index.ts";
import type { BreakPlaces } from "../code/breakpoints.ts";
import type { TranslatedModule, TranslatedRegion } from "./translation.ts";

type Exports = Readonly<Record<string, unknown>>;

interface KnownModule {
  readonly made: TranslatedModule;
  /** Of its regions, those that are known: with the last one it goes. */
  readonly regions: Set<KnownRegion>;
  /** Its regions may be put into a module with others. */
  readonly mergeable: boolean;
  exports?: Exports;
}

/** A region that has been made: it may be in use on any number of pages that say what it was made from. */
export interface KnownRegion {
  region: TranslatedRegion;
  /** Its part of its module's Wasm. */
  bytes: number;
  /** Pages on which it is in use, and its slot in the table while it is. */
  uses: number;
  slot: number | undefined;
  of: KnownModule;
}

/** Regions that are to be made again together, and the modules that they are all the regions of. */
export interface Merge {
  readonly parts: readonly KnownRegion[];
  readonly modules: readonly TranslatedModule[];
}

/** A module with fewer regions is small; small ones are put together to modules of so many. */
const SMALL = 32;
const MERGED = 128;
const MAX_MODULES = 2048;

const isInUse = ({ regions }: KnownModule): boolean => [...regions].some(({ uses }) => uses > 0);

const FILTER_BITS = 16;
const hashOf = (unit: number, instruction: number): number =>
  (Math.imul(instruction, 0x9e3779b1) + Math.imul(unit, 0x85ebca6b)) >>> (32 - FILTER_BITS);

/** An instruction at its place in a page, as one number. */
const keyOf = (unit: number, instruction: number): number => instruction * 4096 + unit;

/**
 * Translated code by what it was made from: found again wherever a page says the same, on another physical page, after
 * a restore, in another machine.
 */
export class KnownRegions {
  /** Bytes of Wasm of all modules that are held. */
  bytes = 0;
  private readonly byEntry = new Map<number, KnownRegion[]>();
  /** Not zero where `byEntry` may hold a key with this hash: nearly all that is looked for is not there. */
  private readonly filter = new Uint8Array(2 ** FILTER_BITS);
  /** Those last put to use come last. */
  private readonly modules = new Set<KnownModule>();

  /** No more than so many small modules came into use since they were last put together. */
  private fresh = 0;

  constructor(private readonly imports: WebAssembly.Imports) {}

  /** In the order of the module's regions, also those that nothing can enter. */
  add(made: TranslatedModule, mergeable = true): KnownRegion[] {
    const { bytes, regions } = made;
    const of: KnownModule = { made, regions: new Set(), mergeable };
    const all = regions.map((region) => {
      const known: KnownRegion = { region, bytes: bytes / regions.length, uses: 0, slot: undefined, of };
      if (region.entries.length === 0) return known;
      of.regions.add(known);
      for (const key of entryKeys(region)) this.byEntry.set(key, [known, ...(this.byEntry.get(key) ?? [])]);
      for (const unit of region.entries) this.filter[hashOf(unit, region.code[region.covered.indexOf(unit)]!)] = 1;
      return known;
    });
    this.hold(of);
    return all;
  }

  /** False when no region is entered at this unit of a page by this instruction. */
  mayFind(unit: number, instruction: number): boolean {
    return this.filter[hashOf(unit, instruction)] !== 0;
  }

  /** The latest region that can be entered at this unit of a page with these units, and fits there. */
  find(unit: number, units: Uint32Array | Uint8Array, breaks: BreakPlaces, mode = 0): KnownRegion | undefined {
    const candidates = this.byEntry.get(keyOf(unit, units[unit]!));
    return candidates?.find(({ region }) => region.mode === mode && fits(units, breaks, region));
  }

  /** Its function; from now on it is in use on one page more. */
  use(known: KnownRegion): unknown {
    if (this.modules.delete(known.of)) this.modules.add(known.of);
    known.uses++;
    return this.functionOf(known);
  }

  functionOf({ of, region }: KnownRegion): unknown {
    if (!of.exports) {
      of.exports = new WebAssembly.Instance(of.made.module, this.imports).exports;
      this.fresh++;
    }
    return of.exports[region.function];
  }

  /** Where so many small modules are in use, the oldest of them. Cheap where nothing has changed. */
  worthMerging(many: number): Merge | undefined {
    if (this.fresh < many) return undefined;
    const small = this.smallModules();
    this.fresh = small.length;
    if (small.length < many) return undefined;
    const parts: KnownRegion[] = [];
    const modules: TranslatedModule[] = [];
    for (const { made, regions } of small) {
      if (parts.length + regions.size > MERGED) break;
      parts.push(...regions);
      modules.push(made);
    }
    this.fresh -= modules.length;
    return { parts, modules };
  }

  private smallModules(): readonly KnownModule[] {
    return [...this.modules].filter((one) => one.mergeable && one.regions.size < SMALL && isInUse(one));
  }

  /** Regions that were made again are those of another module from now on; some may have gone meanwhile. */
  merged({ parts }: Merge, made: TranslatedModule): void {
    const of: KnownModule = { made, regions: new Set(), mergeable: true };
    parts.forEach((part, at) => {
      if (!part.of.regions.has(part)) return;
      const again = made.regions[at];
      assert(again?.covered.length === part.region.covered.length, "a region was made again as another one");
      this.leaveModule(part);
      part.of = of;
      part.region = { ...part.region, function: again.function };
      part.bytes = made.bytes / parts.length;
      of.regions.add(part);
    });
    this.hold(of);
  }

  private hold(module: KnownModule): void {
    if (module.regions.size === 0) return;
    this.modules.add(module);
    this.bytes += module.made.bytes;
  }

  private leaveModule(known: KnownRegion): void {
    const { of } = known;
    of.regions.delete(known);
    if (of.regions.size > 0) return;
    this.modules.delete(of);
    this.bytes -= of.made.bytes;
  }

  /** Whether there are more than so many bytes, or modules: engines map memory for each. */
  exceeds(maxBytes: number, maxModules = MAX_MODULES): boolean {
    return this.bytes > maxBytes || this.modules.size > maxModules;
  }

  /** Forgets modules of which nothing is in use, the ones used longest ago first, until what is left is no more than this. */
  forgetUnused(maxBytes: number, maxModules = MAX_MODULES): void {
    for (const module of this.modules) {
      if (!this.exceeds(maxBytes, maxModules)) return;
      if (!isInUse(module)) for (const known of [...module.regions]) this.delete(known);
    }
  }

  /** There is no room for it, or a later one does all that it did. */
  delete(known: KnownRegion): void {
    if (!known.of.regions.has(known)) return;
    for (const key of entryKeys(known.region)) {
      const rest = this.byEntry.get(key)!.filter((other) => other !== known);
      if (rest.length > 0) this.byEntry.set(key, rest);
      else this.byEntry.delete(key);
    }
    this.leaveModule(known);
  }
}

function entryKeys({ entries, covered, code }: TranslatedRegion): number[] {
  return Array.from(entries, (unit) => keyOf(unit, code[covered.indexOf(unit)]!));
}

/** Whether a page still, or again, says what a region was made from, and asks nowhere in it. */
export function fits(
  units: Uint32Array | Uint8Array,
  breaks: BreakPlaces,
  { covered, code }: TranslatedRegion,
): boolean {
  if (breaks.size > 0 && covered.some((unit) => breaks.has(unit))) return false;
  return covered.every((unit, at) => units[unit] === code[at]);
}
