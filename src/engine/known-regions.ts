import type { BreakWords } from "./breakpoints.ts";
import type { TranslatedModule, TranslatedRegion } from "./translation.ts";

type Exports = Readonly<Record<string, unknown>>;

interface KnownModule {
  readonly module: WebAssembly.Module;
  readonly bytes: number;
  /** Of its regions, those that are known: with the last one it goes. */
  regions: number;
  exports?: Exports;
}

/** A region that has been made: it may be in use on any number of pages that say what it was made from. */
export interface KnownRegion {
  readonly region: TranslatedRegion;
  /** Its part of its module's Wasm. */
  readonly bytes: number;
  /** Pages on which it is in use, and its slot in the table while it is. */
  uses: number;
  slot: number | undefined;
  readonly of: KnownModule;
}

const FILTER_BITS = 16;
const hashOf = (word: number, instruction: number): number =>
  (Math.imul(instruction, 0x9e3779b1) + Math.imul(word, 0x85ebca6b)) >>> (32 - FILTER_BITS);

/** An instruction at its place in a page, as one number. */
const keyOf = (word: number, instruction: number): number => instruction * 1024 + word;

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
  private readonly all = new Set<KnownRegion>();

  constructor(private readonly imports: WebAssembly.Imports) {}

  /** In the order of the module's regions, also those that nothing can enter. */
  add({ module, bytes, regions }: TranslatedModule): KnownRegion[] {
    const enterable = regions.filter(({ entries }) => entries.length > 0).length;
    const of: KnownModule = { module, bytes, regions: enterable };
    if (enterable > 0) this.bytes += bytes;
    return regions.map((region) => {
      const known = { region, bytes: bytes / regions.length, uses: 0, slot: undefined, of };
      if (region.entries.length === 0) return known;
      this.all.add(known);
      for (const key of entryKeys(region)) this.byEntry.set(key, [known, ...(this.byEntry.get(key) ?? [])]);
      for (const word of region.entries) this.filter[hashOf(word, region.code[region.covered.indexOf(word)]!)] = 1;
      return known;
    });
  }

  /** False when no region is entered at this word of a page by this instruction. */
  mayFind(word: number, instruction: number): boolean {
    return this.filter[hashOf(word, instruction)] !== 0;
  }

  /** The latest region that can be entered at this word of a page with these words, and fits there. */
  find(word: number, words: Uint32Array, breaks: BreakWords): KnownRegion | undefined {
    const candidates = this.byEntry.get(keyOf(word, words[word]!));
    return candidates?.find(({ region }) => fits(words, breaks, region));
  }

  /** Its function; from now on it is in use on one page more. */
  use(known: KnownRegion): unknown {
    if (this.all.delete(known)) this.all.add(known);
    known.uses++;
    const exports = (known.of.exports ??= new WebAssembly.Instance(known.of.module, this.imports).exports);
    return exports[known.region.function];
  }

  /** Forgets those that are nowhere in use, the ones used longest ago first, until `bytes` fit. */
  forgetUnused(maxBytes: number): void {
    for (const known of this.all) {
      if (this.bytes <= maxBytes) return;
      if (known.uses === 0) this.delete(known);
    }
  }

  /** There is no room for it, or a later one does all that it did. */
  delete(known: KnownRegion): void {
    if (!this.all.delete(known)) return;
    for (const key of entryKeys(known.region)) {
      const rest = this.byEntry.get(key)!.filter((other) => other !== known);
      if (rest.length > 0) this.byEntry.set(key, rest);
      else this.byEntry.delete(key);
    }
    if (--known.of.regions === 0) this.bytes -= known.of.bytes;
  }
}

function entryKeys({ entries, covered, code }: TranslatedRegion): number[] {
  return Array.from(entries, (word) => keyOf(word, code[covered.indexOf(word)]!));
}

/** Whether a page still, or again, says what a region was made from, and asks nowhere in it. */
export function fits(words: Uint32Array, breaks: BreakWords, { covered, code }: TranslatedRegion): boolean {
  if (breaks.size > 0 && covered.some((word) => breaks.has(word))) return false;
  return covered.every((word, at) => words[word] === code[at]);
}
