import type { Bus, Door, HostPort, Stateful } from "../hardware/index.ts";
import type { StateField } from "../isa/index.ts";
import type { Report } from "./report.ts";

/** What a call from the guest to its board asks for beyond its return values; takes effect at the end of the step. `init`: the CPU alone begins anew; `suspend`: told, no more; `wake`: a reset that is none to who wants to stop at resets. */
export type BoardRequest = "wait" | "shutdown" | "reset" | "init" | "suspend" | "wake";

/** Asked in the step that enters an interrupt, by guests whose `Guest.host` declares `interruptVector`, () → i32. */
export interface InterruptVectors {
  /** Of the interrupt that the CPU takes now. Asking changes nothing: an entry that stops at a watchpoint is made again. */
  next(): number;
  /** The step that entered it is made: it is in service. */
  acknowledge(): void;
}

/** The number of the port that is a machine's console. */
export const CONSOLE_PORT = 0;

/** What a machine has beside its CPU and memory. */
export interface Board {
  readonly bus: Bus;
  /** The address space of ports, for a guest that has them. */
  readonly portBus?: Bus;
  /** All device state, in the fixed order of snapshots and hashes. */
  readonly devices: readonly Stateful[];
  /**
   * Power-on or reset: devices as at power-on, images into RAM. Asks the door for entropy at `position`, and for the real
   * time when `cold`. Then sets the CPU's registers through `write`.
   */
  powerOn(
    door: Door,
    position: number,
    cold: boolean,
    write: (field: StateField, value: bigint, index?: number) => void,
  ): void;
  /** What the request `init` does to the CPU's registers. */
  initialise?(write: (field: StateField, value: bigint, index?: number) => void): void;
  /** Asked where the CPU waits: what follows from how it does, as a reset from a CPU that has shut down. */
  whileWaiting?(): BoardRequest | undefined;
  /** Sleeps until someone wakes it. */
  suspended?(): boolean;
  /** Somebody outside does; nothing while it is awake. */
  wakeUp?(): void;
  /** Of its devices. */
  readonly reports?: readonly Report[];
  /** The status that the guest has ended the machine with; part of a device's state. */
  exitCode?(): number | undefined;
  /** Of interrupt controllers that give vectors. */
  readonly vectors?: InterruptVectors;
  /** Where the world reaches the devices, by number; `BoardType.ports` has their names. */
  readonly ports: readonly HostPort[];
}
