const NS_PER_SECOND = 1e9;

/**
 * Whole ticks in so many nanoseconds, exactly: of `hz` below 9 MHz the product below is less than 2^53, and its quotient too far from
 * the next integer to be rounded to it.
 */
export function ticksIn(ns: number, hz: number): number {
  return Math.floor(ns / NS_PER_SECOND) * hz + Math.floor(((ns % NS_PER_SECOND) * hz) / NS_PER_SECOND);
}

/** Nanoseconds of so many ticks, rounded down as in QEMU: `ticksIn` of it may be a tick less. */
export function nsOf(ticks: number, hz: number): number {
  return Math.floor(ticks / hz) * NS_PER_SECOND + Math.floor(((ticks % hz) * NS_PER_SECOND) / hz);
}

/** The first nanosecond of a tick: `ticksIn` of it is the tick. */
export function firstNsOf(tick: number, hz: number): number {
  return Math.floor(tick / hz) * NS_PER_SECOND + Math.ceil(((tick % hz) * NS_PER_SECOND) / hz);
}
