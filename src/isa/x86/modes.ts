/** How code is decoded: a part of its key (page, mode). What else a mode has is read when instructions run. */
export interface Mode {
  /** Default operand and address size, but that operands of 64-bit code have 32. */
  readonly bits: 16 | 32 | 64;
  /** CS, SS, DS and ES begin at 0, and the stack has the size of the code: addresses are linear ones. */
  readonly flat: boolean;
}

/** Numbers of modes, as rows that split by `mode` see them. */
export const CODE_16 = 0;
export const CODE_32_FLAT = 1;
export const CODE_32 = 2;
export const CODE_64 = 3;

export const MODES: readonly Mode[] = [
  { bits: 16, flat: false },
  { bits: 32, flat: true },
  { bits: 32, flat: false },
  { bits: 64, flat: true },
];
