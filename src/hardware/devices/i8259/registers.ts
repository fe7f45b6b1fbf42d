/** Ports of a controller, from its first (20h, A0h), and bits of what is written there (Intel 8259A, "Programming the 8259A"). */
export const Port = { COMMAND: 0, DATA: 1 } as const;

/** ICW1: begins an initialisation; without CASCADE's ICW3; with an ICW4. */
export const ICW1 = 0x10;
export const ICW1_SINGLE = 2;
export const ICW1_ICW4 = 1;

export const ICW4_SPECIAL_FULLY_NESTED = 0x10;
export const ICW4_AUTO_EOI = 2;

/** OCW3 is a command with this bit; its bits. */
export const OCW3 = 8;
export const OCW3_SET_SPECIAL_MASK = 0x40;
export const OCW3_SPECIAL_MASK = 0x20;
export const OCW3_POLL = 4;
export const OCW3_SET_READ = 2;
export const OCW3_READ_ISR = 1;

/** OCW2: the upper three bits. The lower three are a level. */
export const Ocw2 = {
  STOP_ROTATING: 0,
  EOI: 1,
  SPECIFIC_EOI: 3,
  ROTATE: 4,
  ROTATING_EOI: 5,
  SET_PRIORITY: 6,
  ROTATING_SPECIFIC_EOI: 7,
} as const;

/** Answer to a poll: there is an interrupt. */
export const POLLED = 0x80;

/** The master's input that the slave drives. */
export const CASCADE = 2;

/** Inputs that ELCR may make level-triggered: not the timer, the keyboard, the cascade, the clock, the coprocessor (PIIX3, 2.5.7). */
export const ELCR_MASKS = [0xf8, 0xde] as const;
