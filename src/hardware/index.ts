export type { AccessSize, Line, MmioDevice, Stateful } from "./device.ts";
export type { Timer, VirtualClock } from "./clock.ts";
export type { Door, IdleEnd, Input } from "./door.ts";
