/**
 * The one door for everything that is not deterministic. Live, recording and replaying implementations exist;
 * nothing below it asks the host for time, randomness or input in any other way.
 */

/** Something that reaches the machine from outside, applied as the first act of a step. */
export type Input =
  | { readonly kind: "serial"; readonly port: number; readonly bytes: Uint8Array }
  /** The line is held low for longer than a character. */
  | { readonly kind: "serial-break"; readonly port: number }
  /** system_reset, or power-off asked for by the host (a recorded `quit`). */
  | { readonly kind: "reset" }
  | { readonly kind: "quit" }
  /** A debugger's write at the live end; a step of its own. */
  | { readonly kind: "write-memory"; readonly physicalAddress: number; readonly bytes: Uint8Array }
  | { readonly kind: "write-register"; readonly register: number; readonly bytes: Uint8Array };

export type SerialInput = Extract<Input, { kind: "serial" | "serial-break" }>;

/** Arrives on a wire; every other input is a step of its own, and the last one of its position. */
export function isSerial(input: Input): input is SerialInput {
  return input.kind === "serial" || input.kind === "serial-break";
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
