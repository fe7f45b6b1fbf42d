export type {
  GuestDebug,
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
