import type { Timer, VirtualClock } from "../clock.ts";

/** A clock that is set by hand, and calls what has fallen due. */
export class HandClock implements VirtualClock {
  readonly deadlines = new Map<Timer, number>();

  /** Nanoseconds, and the position that never moves. */
  constructor(
    public now = 0,
    private readonly at = 0,
  ) {}

  nowNs(): number {
    return this.now;
  }

  position(): number {
    return this.at;
  }

  setDeadline(timer: Timer, deadlineNs: number | undefined): void {
    if (deadlineNs === undefined) this.deadlines.delete(timer);
    else this.deadlines.set(timer, deadlineNs);
  }

  /** The next one; undefined: nothing is waited for. */
  get deadline(): number | undefined {
    return this.deadlines.size === 0 ? undefined : Math.min(...this.deadlines.values());
  }

  /** A timer may ask for another time when it expires, which may be due, too. */
  advanceTo(ns: number): void {
    this.now = ns;
    for (let next = this.deadline; next !== undefined && next <= ns; next = this.deadline) this.expireNext();
  }

  /** Whatever is waited for next happens now. */
  expireNext(): void {
    const [next] = [...this.deadlines].sort(([, a], [, b]) => a - b);
    if (next === undefined) return;
    this.deadlines.delete(next[0]);
    next[0].expire();
  }
}
