export { Cpu, type CpuExit, type CpuHits, type CpuHost } from "./cpu.ts";
export { MAX_RAM_BYTES } from "./layout.ts";
export { RamPages } from "./pages.ts";
export type { RegionCounters } from "./regions.ts";
export {
  transferable,
  translateElsewhere,
  type TranslationJob,
  type TranslationReply,
  type TranslationService,
} from "./translation-service.ts";
