import type { ArmTimer, Bus, Door, GuestMemory, Line, Stateful, VirtualClock } from "../../hardware/index.ts";
import type { Images, MachineConfiguration } from "../machine.ts";
import type { PsciOutcome, PsciRegisters } from "./psci.ts";

/** What the engine side hands to the board. */
export interface VirtDependencies {
  readonly configuration: Pick<MachineConfiguration, "ramBytes" | "append" | "randomness">;
  readonly images: Images;
  readonly clock: VirtualClock;
  readonly memory: GuestMemory;
  /** The CPU's IRQ input: level. */
  readonly irq: Line;
  /** A byte leaves serial port `port`, in the step in execution. */
  output(port: number, byte: number): void;
}

/** Where the CPU starts: EL1h, DAIF masked, Z set as in QEMU, every X register zero. */
export interface PowerOnState {
  readonly pc: bigint;
}

/** QEMU's `virt`, all but the CPU and RAM. */
export interface VirtBoard {
  readonly bus: Bus;
  /** All device state, in the fixed order of snapshots and hashes. */
  readonly devices: readonly Stateful[];
  /** The CPU's timer system registers. */
  readonly timer: ArmTimer;

  /**
   * Power-on and reset: all devices as at power-on, then the images written into RAM (which the caller has
   * zeroed at power-on, and leaves alone at a guest's reset). Asks the door for entropy at `position`, and for
   * the real time when `cold`. Throws UserError for images that cannot be booted.
   */
  powerOn(door: Door, position: number, cold: boolean): PowerOnState;
  /** An HVC of any immediate; X0 holds the result afterwards. "shutdown" and "reset" take effect at the end of the step. */
  hypercall(registers: PsciRegisters): PsciOutcome;
  /** Bytes typed into a serial port; those beyond its room are lost, as on a wire. */
  receive(port: number, bytes: Uint8Array): void;
  /** Bytes that the port takes now. */
  room(port: number): number;
}

// createVirt(dependencies: VirtDependencies): VirtBoard follows.
