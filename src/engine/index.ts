export { Cpu, type CpuExit } from "./cpu.ts";
export { Engine } from "./engine.ts";
export type { CpuHits, CpuHost } from "./host-functions.ts";
export { Footprint, loadFootprint } from "./memory/footprint.ts";
export { type Blobs, KeptTranslations, sourcesOf, unpackTranslations } from "./regions/kept-translations.ts";
export { MAX_RAM_BYTES } from "./layout.ts";
export type { Block, BlockSpec } from "./memory/blocks.ts";
export { RamPages } from "./memory/pages.ts";
export type { RegionCounters, TranslationStatistics } from "./regions/region-counters.ts";
export type { TranslatedModule, Translation, TranslationJob, TranslationReply } from "./regions/translation.ts";
export {
  transferable,
  translateElsewhere,
  type TranslationService,
  type TranslatorWorker,
} from "./regions/translation-service.ts";
