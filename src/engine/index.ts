export { Cpu, type CpuExit, type CpuHits, type CpuHost } from "./cpu.ts";
export { RamPages } from "./pages.ts";
export { MAX_RAM_BYTES } from "./layout.ts";
