import type { Guest } from "../../isa/index.ts";

/** Places of code are counted in units: the least that an instruction's length and address are multiples of. */
export interface CodeUnits {
  /** 4 where instructions are words, else 1. */
  readonly bytes: 1 | 4;
  readonly perPage: number;
}

/** A page's content. */
export type PageUnits = Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export function unitsOf(guest: Pick<Guest, "code">): CodeUnits {
  const bytes = guest.code ? 1 : 4;
  return { bytes, perPage: 4096 / bytes };
}
