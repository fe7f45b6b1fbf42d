import { PIT_HZ } from "./registers.ts";

const NS_PER_SECOND = 1e9;

/** Whole ticks in so many nanoseconds. */
export function ticksIn(ns: number): number {
  return Math.floor(ns / NS_PER_SECOND) * PIT_HZ + Math.floor(((ns % NS_PER_SECOND) * PIT_HZ) / NS_PER_SECOND);
}

/** Nanoseconds of so many ticks, rounded down as in QEMU: `ticksIn` of it may be a tick less. */
export function nsOf(ticks: number): number {
  return Math.floor(ticks / PIT_HZ) * NS_PER_SECOND + Math.floor(((ticks % PIT_HZ) * NS_PER_SECOND) / PIT_HZ);
}
