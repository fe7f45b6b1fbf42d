export { Cpu, type CpuExit, type CpuHits, type CpuHost } from "./cpu.ts";
export { Footprint, loadFootprint } from "./footprint.ts";
export { type Blobs, KeptTranslations, sourcesOf, unpackTranslations } from "./kept-translations.ts";
export { MAX_RAM_BYTES } from "./layout.ts";
export { RamPages } from "./pages.ts";
export type { RegionCounters, TranslationStatistics } from "./region-counters.ts";
export type { TranslatedModule, Translation, TranslationJob, TranslationReply } from "./translation.ts";
export {
  transferable,
  translateElsewhere,
  type TranslationService,
  type TranslatorWorker,
} from "./translation-service.ts";
