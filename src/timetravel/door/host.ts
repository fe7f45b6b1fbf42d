import type { Disposable } from "../../base/index.ts";

/** What a session may ask of its host, handed in by the worker or the command line: the live side of the door. */
export interface Host {
  /** Milliseconds of a steady clock. */
  nowMs(): number;
  /** Calls back once, after `ms` or later, unless disposed before. */
  after(ms: number, callback: () => void): Disposable;
  /** Resolves soon, after the host's other work had its turn. */
  giveWay(): Promise<void>;
  entropy(length: number): Uint8Array;
  /** Whole seconds since 1970. */
  realTime(): number;
}
