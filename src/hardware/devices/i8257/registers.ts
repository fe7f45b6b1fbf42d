/** Registers of a controller, after two for each channel (Intel 8237A, "Register description"); the second's are two ports apart. */
export const Register = {
  /** Status, read. */
  COMMAND: 8,
  /** The mask, read, as QEMU has it. */
  REQUEST: 9,
  SINGLE_MASK: 0x0a,
  MODE: 0x0b,
  CLEAR_FLIP_FLOP: 0x0c,
  CLEAR: 0x0d,
  CLEAR_MASK: 0x0e,
  MASK: 0x0f,
} as const;

/** The only bit of a command that QEMU takes: it turns the controller off. */
export const COMMAND_OFF = 4;

/** Ports 80h to 8Fh: the channel whose page it is; the others are nobody's. */
export const PAGE_CHANNELS: Readonly<Record<number, number>> = {
  ...{ 1: 2, 2: 3, 3: 1, 7: 0 },
  ...{ 9: 6, 10: 7, 11: 5, 15: 4 },
};
