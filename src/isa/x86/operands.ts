import type { Operand } from "../index.ts";

/** Bits of an operand. */
export type Size = 8 | 16 | 32 | 64;

/** Kinds of place that ModRM names, as rows that split by `rm` see them. */
export const RM_REGISTER = 0;
/** Memory at a register and a displacement, in 64-bit and in flat 32-bit code. */
export const RM_BASE_64 = 1;
export const RM_BASE_32 = 2;
/** Memory at any other address. */
export const RM_ADDRESS = 3;

/**
 * The same as rows that split by `mem` see them: one handler for all of memory. That is for rows whose own work outweighs an
 * address, so that the many instructions on vectors have half as many handlers.
 */
export const [MEM_REGISTER, MEM_ADDRESS] = [0, 1] as const;

/** Values of the split `rep`. */
export const [NO_REP, REP, REPNE] = [0, 1, 2] as const;

/** What an address is made of. `base`, if the place is a register, is what `reg` is. */
export interface AddressFields {
  /** NO_REGISTER: none. */
  readonly base: Operand;
  readonly index: Operand;
  readonly scale: Operand;
  readonly disp: Operand;
  /** 1: relative to the next instruction. */
  readonly relative: Operand;
  /** What is added in the end: an index of `segmentBase`. */
  readonly segment: Operand;
  /** log2 of its bits, less 4. */
  readonly addressSize: Operand;
  /** 1: linear addresses have 32 bits. */
  readonly wrap: Operand;
}

/** A place that ModRM names, as a row's fields have it. */
export interface PlaceFields extends AddressFields {
  /** RM_*. */
  readonly rm: number;
  /** Bytes of the instruction. */
  readonly length: Operand;
}

/** Of a power of 2. */
export const log2 = (power: number): number => 31 - Math.clz32(power);
