import type { BreakPlaces } from "./breakpoints.ts";
import type { ExecutedCode } from "./executed-code.ts";
import type { CodeUnits, PageUnits } from "./units.ts";

/** Where an instruction is: the number of a page in a mode (the page's × the guest's modes + the mode), and the unit that it begins with. */
export interface CodePlace {
  readonly page: number;
  readonly unit: number;
}

/** What translated code needs of predecoded code. Pages are numbered with their modes, as in CodePlace. */
export interface RegionCode {
  readonly units: CodeUnits;
  readonly modes: number;
  has(page: number): boolean;
  /** What a page says, and one unit of it. */
  content(page: number): PageUnits;
  unitAt(page: number, unit: number): number;
  /** A byte per unit: not 0 where an instruction begins that has been decoded. */
  decoded(page: number): Uint8Array<ArrayBuffer>;
  /** Units of an instruction: of the one that has been decoded at a place, else the most that there can be. */
  readonly longest: number;
  lengthAt(page: number, unit: number): number;
  /** The entry of a place, 0 where there is none; and the same, decoded where there was none, if there is room. The page has code. */
  entryAt(page: number, unit: number): number;
  decodeAt(page: number, unit: number): number;
  /** The entry of a place is decoded anew. */
  forgetEntry(page: number, unit: number): void;
  /** A bit per unit for the write gate: a translation depends on it. Undefined where there is no code. */
  covered(page: number): Uint8Array | undefined;
}

/** Predecoded code, in whichever form: entries appear when first executed and vanish when what they say is written. */
export interface PredecodedCode extends RegionCode {
  readonly executed: ExecutedCode;
  /** Makes room for a page's code; gives what the fetch TLB holds of it. Only called where no code address is in use. */
  allocate(page: number): number;
  placeOf(entry: number): CodePlace;
  /** The handler of the instruction at a code address, whatever its entry names. */
  handlerAt(entry: number): number;
  /** The entries of these places are decoded anew. */
  forget(page: number, places: BreakPlaces): void;
  /** What led to the pages of code is noted anew, from the next lookup on. */
  forgetFetched(): void;
  clear(): void;
}
