export { RunControl } from "./control.ts";
export { type HitOwner, HitTable } from "./hits.ts";
export { type DebugHost, DebugTarget } from "./target.ts";
export { GdbServer, type ServerEvents, type Transport } from "./gdb/server.ts";
export { encodePacket, PacketReader, textToHex, type WireEvent } from "./gdb/wire.ts";
export { Monitor, type MonitorResult } from "./monitor/monitor.ts";
export { findKernelSymbols } from "./symbols/kallsyms.ts";
export { type KernelSymbol, SymbolTable } from "./symbols/table.ts";
export { writeSymbolFile } from "./symbols/elf.ts";
