export { CONSOLE_PORT } from "./board.ts";
export { EmulatedMachine } from "./emulated-machine.ts";
export { boards, type MachineOptions } from "./boards.ts";
export type { BoardParts, BoardType, Setting, Settings } from "./board-type.ts";
export { checked, commonConfiguration, count } from "./configuration.ts";
export { findRegister, registerNamed } from "./guest-debug.ts";
export type { CallFrames, FrameRow, GuestDebug, LinuxFormat, RegisterInfo } from "./guest-debug.ts";
export { addressFrom, instructionAt, type ReadCode } from "./listing.ts";
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
