import { NS_PER_TICK, TIMER_32_BITS, TIMER_PERIODIC } from "./registers.ts";
import type { HpetTimer } from "./state.ts";

export function isPeriodic({ configuration }: HpetTimer): boolean {
  return (configuration & TIMER_PERIODIC) !== 0;
}

/** The bits that a timer compares. */
export function width({ configuration }: HpetTimer): 32 | 64 {
  return configuration & TIMER_32_BITS ? 32 : 64;
}

/** Ticks until the comparator is met: one where it has been. */
function ticksLeft(timer: HpetTimer, counter: bigint): bigint {
  const left = BigInt.asIntN(width(timer), timer.comparator - counter);
  return left > 0n ? left : 1n;
}

/** Nanoseconds of so many ticks from now; beyond time it is never. */
function after(ticks: bigint, nowNs: number): number | undefined {
  const ns = nowNs + Number(ticks) * NS_PER_TICK;
  return Number.isSafeInteger(ns) ? ns : undefined;
}

/** A timer begins to wait for its comparator. One of 32 bits that is not periodic expires when the counter wraps, too. */
export function begin(timer: HpetTimer, counter: bigint, nowNs: number): void {
  const left = ticksLeft(timer, counter);
  const toWrap = BigInt.asUintN(32, ~counter);
  timer.wraps = width(timer) === 32 && !isPeriodic(timer) && toWrap < BigInt.asUintN(32, left);
  timer.expiryNs = after(timer.wraps ? toWrap : left, nowNs);
}

/** It has expired: what it waits for next. */
export function proceed(timer: HpetTimer, counter: bigint, nowNs: number): void {
  timer.expiryNs = undefined;
  if (isPeriodic(timer) && timer.period !== 0n) moveOn(timer, counter);
  else if (timer.wraps && !isPeriodic(timer) && width(timer) === 32) timer.wraps = false;
  else return;
  timer.expiryNs = after(ticksLeft(timer, counter), nowNs);
}

/** Moves a comparator by its period until it is not before the counter. */
function moveOn(timer: HpetTimer, counter: bigint): void {
  const bits = width(timer);
  const behind = -BigInt.asIntN(bits, timer.comparator - counter);
  const period = BigInt.asUintN(bits, timer.period);
  if (behind <= 0n || period === 0n) return;
  // A period of more than half the range moves it down, until it wraps.
  const [half, down] = [2n ** BigInt(bits - 1), 2n ** BigInt(bits) - period];
  const times = period < half ? (behind + period - 1n) / period : (half - behind) / down + 1n;
  timer.comparator = BigInt.asUintN(bits, timer.comparator + times * period);
}
