/** WDOGCLK is 24 MHz: three ticks are a whole number of nanoseconds. */
const TICKS = 3;
const NS = 125;

/** Ticks that have passed at a virtual time. */
export function tickAt(ns: number): number {
  return Math.floor(ns / NS) * TICKS + Math.floor(((ns % NS) * TICKS) / NS);
}

/** The first nanosecond of a tick: `tickAt` of it is the tick. */
export function nsOf(tick: number): number {
  return Math.floor(tick / TICKS) * NS + Math.ceil(((tick % TICKS) * NS) / TICKS);
}
