/**
 * The one door for everything that is not deterministic. Live, recording and replaying implementations exist;
 * nothing below it asks the host for time, randomness or input in any other way.
 */

/** Bytes of an access to a port of the guest's. */
export const portSizes = [1, 2, 4] as const;
export type PortSize = (typeof portSizes)[number];

/** What comes in at a device's host port, by the port's number on its board. */
export type Arrival =
  | { readonly kind: "arrival"; readonly port: number; readonly bytes: Uint8Array }
  /** A stream's line is held low for longer than a character. */
  | { readonly kind: "break"; readonly port: number };

/** What a debugger does to the machine. */
export type DebuggerEdit =
  | { readonly kind: "write-memory"; readonly physicalAddress: number; readonly bytes: Uint8Array }
  | { readonly kind: "write-register"; readonly register: number; readonly bytes: Uint8Array }
  /** As by an instruction: a read may change a device, too. */
  | { readonly kind: "read-port"; readonly port: number; readonly size: PortSize }
  | { readonly kind: "write-port"; readonly port: number; readonly size: PortSize; readonly value: number };

/** What is done to the machine from outside; a step of its own, and the last input of its position. */
export type HostEdit =
  /** system_reset, or power-off asked for by the host (a recorded `quit`). */
  | { readonly kind: "reset" }
  | { readonly kind: "quit" }
  /** system_wakeup: of a machine that is suspended. */
  | { readonly kind: "wake" }
  | DebuggerEdit;

/** Something that reaches the machine from outside, applied as the first act of a step. */
export type Input = Arrival | HostEdit;

export function isArrival(input: Input): input is Arrival {
  return input.kind === "arrival" || input.kind === "break";
}

/** How an idle ends: at its timer deadline, earlier at a given virtual time, or not known yet (the host waits). */
export type IdleEnd =
  { readonly kind: "deadline" } | { readonly kind: "at"; readonly ns: number } | { readonly kind: "wait" };

export interface Door {
  /** Entropy that the machine consumes at `position` (seeds of the device tree at power-on). */
  entropy(position: number, length: number): Uint8Array;
  /** Seconds since 1970 at `position`; asked once, by the real-time clock at power-on. */
  realTime(position: number): number;
  /** Position of the next known input: a replayed one, or `position` itself when a live one waits. Infinity: none known. */
  nextInput(position: number): number;
  /** Takes the inputs to apply in the step that starts at `position`, in order. */
  takeInputs(position: number): readonly Input[];
  /** Asked after a step that idles, with nothing pending; `position` is the one after the step. */
  idle(position: number, nowNs: number, deadlineNs: number | undefined): IdleEnd;
}
