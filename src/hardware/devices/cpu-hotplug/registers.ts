/** Which processor; what it is: bit 0, it is there. */
export const Offset = { SELECTOR: 0, FLAGS: 4 } as const;
