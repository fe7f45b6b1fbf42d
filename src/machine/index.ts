export { EmulatedMachine } from "./emulated-machine.ts";
export { boards, type MachineOptions } from "./boards.ts";
export type { BoardParts, BoardType, Setting, Settings } from "./board-type.ts";
export { checked, commonConfiguration, count } from "./configuration.ts";
export { findRegister, registerNamed } from "./machine.ts";
export type {
  CallFrames,
  Footprint,
  FrameRow,
  GuestDebug,
  HitKind,
  HitPolicy,
  ImageRole,
  Images,
  Machine,
  MachineConfiguration,
  Pages,
  RegisterInfo,
  Stop,
  WatchHit,
  WatchKind,
  Watchpoint,
} from "./machine.ts";
