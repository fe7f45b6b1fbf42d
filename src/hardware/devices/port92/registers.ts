/** Port 92h ("System Control Port A"): a reset when it rises, and address line 20. */
export const FAST_RESET = 1;
export const A20 = 2;
