/** The clock of all three counters, Hz. */
export const PIT_HZ = 1_193_182;

/** The port after those of counters 0 to 2. */
export const CONTROL = 3;

/** What a control word or a state says of bytes (Intel 8254, "Control Word Format"). */
export const Access = { LATCH: 0, LOW: 1, HIGH: 2, BOTH: 3 } as const;

/** Read-back commands: bits that are 0 ask for a latch. */
export const READ_BACK_NO_COUNT = 0x20;
export const READ_BACK_NO_STATUS = 0x10;

/** Port 61h: counter 2's gate and the speaker, written; refresh and counter 2's output, read. */
export const PORT_61 = { GATE: 1, SPEAKER: 2, REFRESH: 0x10, OUT: 0x20 } as const;
