/** Offsets of 4 bytes each (IA-PC HPET specification 1.0a, 2.3); of the upper halves they are 4 more. */
export const Offset = { CAPABILITIES: 0x00, CONFIGURATION: 0x10, STATUS: 0x20, COUNTER: 0xf0, TIMERS: 0x100 } as const;
export const TIMER_BYTES = 0x20;
/** Of a timer. */
export const TimerOffset = { CONFIGURATION: 0x00, COMPARATOR: 0x08, MESSAGE: 0x10 } as const;

export const TIMERS = 3;
export const NS_PER_TICK = 10;
const PERIOD_FS = 10_000_000;
/** Halves: revision 1 by Intel, so many timers, a counter of 64 bits, legacy replacement; then the period. */
export const CAPABILITIES = [0x8086_a001 + ((TIMERS - 1) << 8), PERIOD_FS] as const;

export const ENABLED = 1;
export const LEGACY = 2;

/** Configuration of a timer. */
export const TIMER_LEVEL = 1 << 1;
export const TIMER_ENABLED = 1 << 2;
export const TIMER_PERIODIC = 1 << 3;
export const TIMER_SET_VALUE = 1 << 6;
export const TIMER_32_BITS = 1 << 8;
export const TIMER_ROUTE_SHIFT = 9;
export const TIMER_ROUTE = 0x1f;
export const TIMER_MESSAGES = 1 << 14;
export const TIMER_WRITABLE = 0x7f4e;
/** What each can do: be periodic, count 64 bits; interrupt by line 2. */
export const TIMER_CAPABILITIES = 0x30;
export const TIMER_LINES = 1 << 2;

/** Interrupt lines of the first two timers in place of the interval timer and of the clock. */
export const LEGACY_LINES = [0, 8] as const;
