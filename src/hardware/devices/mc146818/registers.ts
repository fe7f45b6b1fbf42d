/** Ports, from 70h. */
export const Port = { INDEX: 0, DATA: 1 } as const;

/** Bytes of the clock's memory (Motorola MC146818, "Address map"); those from 0Eh on are plain, but for a PC's century. */
export const Register = {
  SECONDS: 0,
  SECONDS_ALARM: 1,
  MINUTES: 2,
  MINUTES_ALARM: 3,
  HOURS: 4,
  HOURS_ALARM: 5,
  DAY_OF_WEEK: 6,
  DAY_OF_MONTH: 7,
  MONTH: 8,
  YEAR: 9,
  A: 0x0a,
  B: 0x0b,
  C: 0x0c,
  D: 0x0d,
  /** What the firmware is to do after a reset. */
  SHUTDOWN: 0x0f,
  CENTURY: 0x32,
  /** Another name for the century (PS/2). */
  PS2_CENTURY: 0x37,
} as const;

export const CMOS_BYTES = 128;

/** Register A: update in progress; the divider, which runs up to 2 and is held in reset at 6 and 7; the periodic rate. */
export const A_UIP = 0x80;
export const A_DIVIDER = 0x70;
export const A_DIVIDER_RUNS = 0x20;
export const A_DIVIDER_RESET = 0x60;
export const A_RATE = 0x0f;

/** Register B: the time is being set; interrupts; square wave; binary numbers, not BCD; hours to 24. */
export const B_SET = 0x80;
export const B_PERIODIC = 0x40;
export const B_ALARM = 0x20;
export const B_UPDATE = 0x10;
export const B_SQUARE_WAVE = 8;
export const B_BINARY = 4;
export const B_24_HOURS = 2;

/** Register C: an interrupt is asked for, and what has happened since it was read; bits of the latter are as in register B. */
export const C_IRQ = 0x80;
export const C_EVENTS = B_PERIODIC | B_ALARM | B_UPDATE;

/** Register D: the battery is good. */
export const D_VALID = 0x80;

/** Hours in the afternoon, where there are 12. */
export const PM = 0x80;

/** The oscillator, Hz. */
export const RTC_HZ = 32_768;
/** UIP is up for so long before each update: 8 ticks, 244 µs. */
export const UPDATE_IN_PROGRESS_NS = Math.floor((8 * 1e9) / RTC_HZ);
