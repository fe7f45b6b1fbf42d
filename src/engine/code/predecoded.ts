import type { BreakPlaces } from "./breakpoints.ts";
import type { ExecutedCode } from "./executed-code.ts";

/** Where an instruction is: a page of RAM, and in it the unit that it begins with. */
export interface CodePlace {
  readonly page: number;
  readonly unit: number;
}

/** Predecoded code, in whichever form: entries appear when first executed and vanish when what they say is written. */
export interface PredecodedCode {
  readonly executed: ExecutedCode;
  /** Makes room for a page's code; gives what the fetch TLB holds of it. Only called where no code address is in use. */
  allocate(page: number): number;
  placeOf(entry: number): CodePlace;
  /** The handler of the instruction at a code address, whatever its entry names. */
  handlerAt(entry: number): number;
  /** The entry of a place, decoded; its page has code. */
  decodeAt(page: number, unit: number): number;
  /** Forgets the code of a page whose content is about to change. */
  drop(page: number): void;
  /** The entries of these places are decoded anew. */
  forget(page: number, places: BreakPlaces): void;
  /** What led to the pages of code is noted anew, from the next lookup on. */
  forgetFetched(): void;
  clear(): void;
}
