import { Lvt, LVT_MASKED, LVT_PERIODIC } from "./registers.ts";
import type { LapicState } from "./state.ts";

/** Ticks since the count was loaded: of 1 ns at a divisor of 1, whatever the processor's clock would be. */
function ticks({ loadedNs, shift }: LapicState, nowNs: number): number {
  return Math.floor((nowNs - loadedNs) / 2 ** shift);
}

function isPeriodic({ lvt }: LapicState): boolean {
  return (lvt[Lvt.TIMER]! & LVT_PERIODIC) !== 0;
}

export function currentCount(state: LapicState, nowNs: number): number {
  const { initialCount } = state;
  const passed = ticks(state, nowNs);
  return isPeriodic(state) ? initialCount - (passed % (initialCount + 1)) : Math.max(initialCount - passed, 0);
}

/** When the timer interrupts next, after `nowNs`: a tick after zero. */
export function nextExpiry(state: LapicState, nowNs: number): number | undefined {
  const { initialCount, loadedNs, shift } = state;
  if (state.lvt[Lvt.TIMER]! & LVT_MASKED) return undefined;
  const period = initialCount + 1;
  const passed = ticks(state, nowNs);
  if (isPeriodic(state) ? initialCount === 0 : passed >= initialCount) return undefined;
  const rounds = isPeriodic(state) ? Math.floor(passed / period) + 1 : 1;
  return loadedNs + rounds * period * 2 ** shift;
}
