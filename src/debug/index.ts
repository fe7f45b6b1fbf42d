export { deleteSnapshot, saveSnapshot } from "./actions.ts";
export { RunControl } from "./control.ts";
export { type HitOwner, HitTable } from "./hits.ts";
export { type Destination, parseDestination, positionOf, search } from "./destination.ts";
export { type DebugHost, DebugTarget } from "./target.ts";
export { GdbServer, type ServerEvents } from "./gdb/server.ts";
export type { Transport } from "./transport.ts";
export { QmpServer, type QmpOptions } from "./qmp/server.ts";
export { MonitorConsole, type ConsoleChannel } from "./monitor/console.ts";
export { type RunEvent, RunState, type RunStatus } from "./run-state.ts";
export { encodePacket, PacketReader, textToHex, type WireEvent } from "./gdb/wire.ts";
export {
  type BridgeMessage,
  decodeMessage,
  encodeMessage,
  GDB_CHANNEL,
  MONITOR_CHANNEL,
  QMP_CHANNEL,
} from "./bridge/messages.ts";
export { type BridgeEvents, BridgePage, type Socket } from "./bridge/page.ts";
export { Monitor, type MonitorResult } from "./monitor/monitor.ts";
export { KernelSymbols } from "./symbols/kallsyms.ts";
export { type KernelSymbol, SymbolTable } from "./symbols/table.ts";
export type { FileParts } from "./symbols/file-parts.ts";
export { SymbolFile } from "./symbols/symbol-file.ts";
