import type { Ours } from "./ours.ts";
import type { RegisterSet } from "./registers.ts";

/** What both halves are, and what they boot. */
export interface Guest {
  readonly kind: Kind;
  /** undefined: firmware alone. */
  readonly kernel: string | undefined;
  readonly initrd: string | undefined;
  readonly append: string;
  readonly megabytes: number;
}

/** A stream of QEMU's register dumps, cut into states. */
export interface Dumps {
  /** Calls `onState` for each whole dump, with an array that is used again; stops early when it returns false. */
  push(chunk: Buffer, onState: (state: BigUint64Array) => boolean): boolean;
}

/** A kind of machine that both halves can be. */
export interface Kind {
  readonly registers: RegisterSet;
  /** QEMU's program, and what machine it is to be. */
  readonly program: string;
  options(guest: Guest): readonly string[];
  /** Where RAM begins. */
  readonly ramBase: number;
  /** QEMU's `-icount sleep=`. */
  readonly sleep: "on" | "off";
  /** What Linux is told without `-append`. */
  readonly append: string;
  /** Reads what the gdbstub answers to `g`. */
  readPacket(bytes: Buffer, into: BigUint64Array): void;
  dumps(): Dumps;
  interpreter(): Promise<WebAssembly.Module>;
  ours(guest: Guest, interpreter: WebAssembly.Module): Ours;
}
