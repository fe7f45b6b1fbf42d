export { CONSOLE_PORT } from "./board.ts";
export { EmulatedMachine } from "./emulated-machine.ts";
export { boards, notHere } from "./boards.ts";
export { defaultCpu } from "./board-type.ts";
export type { BoardType, OptionFields, Settings } from "./board-type.ts";
export { checked, count } from "./configuration.ts";
export { findRegister, registerNamed } from "./guest-debug.ts";
export type { FrameRow, GuestDebug, LinuxFormat, RegisterInfo } from "./guest-debug.ts";
export { addressFrom, instructionAt, type ListedInstruction, type ReadCode } from "./listing.ts";
export type {
  Footprint,
  HitKind,
  HitPolicy,
  ImageRole,
  Images,
  Machine,
  MachineConfiguration,
  Pages,
  Stop,
  WatchHit,
  WatchKind,
  Watchpoint,
} from "./machine.ts";
