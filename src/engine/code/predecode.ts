import { Decoder, type Guest, type Row, RunHandlers } from "../../isa/index.ts";
import type { BreakPlaces } from "./breakpoints.ts";
import { CodeCache } from "./code-cache.ts";
import type { PredecodedCode } from "./predecoded.ts";
import { RunCache } from "./run-cache.ts";

/** What predecoded code needs of the CPU that runs it. */
export interface PredecodingHost {
  readonly memory: WebAssembly.Memory;
  flushTlb(): void;
  /** Every code address is about to become invalid. */
  beforeClear(): void;
  breakPlaces(page: number): BreakPlaces;
  /** An entry has been filled in, because it is about to be executed. */
  decoded(entry: number): void;
}

export interface Predecoding {
  readonly code: PredecodedCode;
  readonly handlers: readonly { readonly insn: Row<never>; readonly split: Readonly<Record<string, number>> }[];
  /** Functions of the host that decode for the interpreter. */
  readonly imports: Readonly<Record<string, (...args: number[]) => number | void>>;
}

/** Predecoded code in the form that the guest's instructions have. */
export function predecode(guest: Guest, host: PredecodingHost): Predecoding {
  const parts = [() => host.flushTlb(), () => host.beforeClear(), (page: number) => host.breakPlaces(page)] as const;
  if (guest.code) {
    const handlers = new RunHandlers(guest.instructions);
    const code = new RunCache(host.memory, guest, handlers, ...parts);
    const decodeRun = (from: number, offset: number): number => {
      const entry = code.decode(from, offset);
      if (entry > 0) host.decoded(entry);
      return entry;
    };
    const decodeStraddler = (offset: number, second: number): number => code.decodeStraddler(offset, second);
    return { code, handlers: handlers.handlers, imports: { decodeRun, decodeStraddler } };
  }
  const decoder = new Decoder(guest.instructions);
  const code = new CodeCache(host.memory, decoder, ...parts);
  const decodeEntry = (entry: number): void => {
    code.decode(entry);
    host.decoded(entry);
  };
  return { code, handlers: decoder.handlers, imports: { decodeEntry } };
}
