export { EmulatedMachine } from "./emulated-machine.ts";
export { dumpTree, SEED_BYTES } from "./virt/guest-tree.ts";
export { createVirtMachine, type VirtMachineOptions } from "./virt/machine.ts";
export { findRegister, registerNamed } from "./machine.ts";
export type {
  CallFrames,
  Footprint,
  FrameRow,
  GuestDebug,
  HitKind,
  HitPolicy,
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
