import { nsOf, ticksIn } from "../../ticks.ts";
import { PIT_HZ } from "./registers.ts";
import type { Counter } from "./state.ts";

function fromBcd(value: number): number {
  return [12, 8, 4, 0].reduce((sum, shift) => 10 * sum + ((value >> shift) & 15), 0);
}

function toBcd(value: number): number {
  return [1000, 100, 10, 1].reduce((sum, unit) => 16 * sum + (Math.floor(value / unit) % 10), 0);
}

function reload({ bcd, reload }: Counter): number {
  return bcd ? fromBcd(reload) || 10_000 : reload || 0x1_0000;
}

function elapsed(counter: Counter, nowNs: number): number {
  return ticksIn(Math.max(nowNs - counter.loadedNs, 0), PIT_HZ);
}

/** As it is read, 16 bits. A gate that is low stops nothing, as in QEMU. */
export function count(counter: Counter, nowNs: number): number {
  const [top, ticks] = [reload(counter), elapsed(counter, nowNs)];
  const turn = counter.bcd ? 10_000 : 0x1_0000;
  const left = counter.mode === 2 ? top - (ticks % top) : counter.mode === 3 ? top - ((2 * ticks) % top) : top - ticks;
  const value = ((left % turn) + turn) % turn;
  return counter.bcd ? toBcd(value) : value;
}

/** OUT. Modes 2, 4 and 5 are high in the one tick in which the 8254 is low, as in QEMU: the rising edges are the same. */
export function output(counter: Counter, nowNs: number): boolean {
  const [top, ticks] = [reload(counter), elapsed(counter, nowNs)];
  switch (counter.mode) {
    case 0:
      return ticks >= top;
    case 1:
      return ticks < top;
    case 2:
      return ticks % top === 0 && ticks !== 0;
    case 3:
      return ticks % top < (top + 1) >> 1;
    default:
      return ticks === top;
  }
}

/** When the output is looked at next, by QEMU's rounding; undefined: it stays. */
export function nextTransition(counter: Counter, nowNs: number): number | undefined {
  const tick = transitionTick(counter, elapsed(counter, nowNs));
  if (tick === undefined) return undefined;
  const ns = Math.max(counter.loadedNs + nsOf(tick, PIT_HZ), nowNs + 1);
  return Number.isSafeInteger(ns) ? ns : undefined;
}

function transitionTick(counter: Counter, ticks: number): number | undefined {
  const top = reload(counter);
  const begin = ticks - (ticks % top);
  const half = (top + 1) >> 1;
  switch (counter.mode) {
    case 0:
    case 1:
      return ticks < top ? top : undefined;
    case 2:
      return ticks === begin && ticks !== 0 ? begin + top : begin + top + 1;
    case 3:
      return ticks - begin < half ? begin + half : begin + top;
    default:
      return ticks < top ? top : ticks === top ? top + 1 : undefined;
  }
}
