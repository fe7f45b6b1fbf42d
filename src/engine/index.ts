export { Cpu, type CpuExit, type CpuHits, type CpuHost } from "./cpu.ts";
export { RamPages } from "./pages.ts";
