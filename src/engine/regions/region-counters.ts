import type { RegionExit } from "../layout.ts";

export interface RegionCounters {
  /** In use now. */
  regions: number;
  /** Since the machine was made: modules, their bytes of Wasm and their guest instructions. */
  modules: number;
  bytes: number;
  instructions: number;
  /** Milliseconds that the translator worked. */
  ms: number;
  requested: number;
  installed: number;
  /** Of these, the ones that had been made before. */
  recalled: number;
  /** Modules in which regions of others were put together, how many, and the translator's milliseconds for that. */
  merges: number;
  merged: number;
  mergeMs: number;
  dropped: number;
  evicted: number;
}

/** What became of translation so far. Nothing of it is state. */
export interface TranslationStatistics extends Readonly<RegionCounters> {
  /** Of Wasm, of the regions in use. */
  readonly bytesInUse: number;
  /** Steps that the CPU made, and those of them in translated code. */
  readonly steps: number;
  readonly translatedSteps: number;
  /** How often translated code was left, by reason. */
  readonly exits: Readonly<Record<RegionExit, number>>;
  /** Why there is no translator any more. */
  readonly failure: string | undefined;
}

export const noCounts = (): RegionCounters => ({
  regions: 0,
  modules: 0,
  bytes: 0,
  instructions: 0,
  ms: 0,
  requested: 0,
  installed: 0,
  recalled: 0,
  merges: 0,
  merged: 0,
  mergeMs: 0,
  dropped: 0,
  evicted: 0,
});
