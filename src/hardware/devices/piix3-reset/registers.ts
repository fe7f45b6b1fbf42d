/** Reset control register (Intel 82371SB, "RC"): a reset, and whether it is a hard one; that is all that is kept. */
export const RESET = 4;
export const HARD = 2;
