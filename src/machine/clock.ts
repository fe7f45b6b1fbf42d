import { assert } from "../base/index.ts";
import type { Cpu } from "../engine/index.ts";
import type { Timer, VirtualClock } from "../hardware/index.ts";

/** Virtual time of one CPU: position × 2^shift ns, plus what was idled away. Holds the devices' deadlines. */
export class MachineClock implements VirtualClock {
  private readonly deadlines = new Map<Timer, number>();
  private earliest: number | undefined;

  constructor(private readonly cpu: () => Cpu) {}

  nowNs(): number {
    const cpu = this.cpu();
    const now = cpu.position * 2 ** cpu.clockShift + cpu.idleNs;
    assert(Number.isSafeInteger(now), "virtual time overflows");
    return now;
  }

  position(): number {
    return this.cpu().position;
  }

  setDeadline(timer: Timer, deadlineNs: number | undefined): void {
    if (deadlineNs === undefined) this.deadlines.delete(timer);
    else this.deadlines.set(timer, deadlineNs);
    this.update();
    // A run in progress was planned with the old deadlines.
    this.cpu().leaveAfterStep();
  }

  private update(): void {
    this.earliest = undefined;
    for (const ns of this.deadlines.values()) {
      if (this.earliest === undefined || ns < this.earliest) this.earliest = ns;
    }
  }

  /** The next deadline in virtual ns. */
  get nextNs(): number | undefined {
    return this.earliest;
  }

  /** The first position at which the next deadline has passed, if the machine does not idle before. */
  nextPosition(): number {
    if (this.earliest === undefined) return Infinity;
    const cpu = this.cpu();
    return Math.max(0, Math.ceil((this.earliest - cpu.idleNs) / 2 ** cpu.clockShift));
  }

  /** Calls the timers whose deadline has passed. */
  expire(): void {
    const now = this.nowNs();
    while (this.earliest !== undefined && this.earliest <= now) {
      for (const [timer, ns] of [...this.deadlines]) {
        if (ns > now || this.deadlines.get(timer) !== ns) continue;
        this.deadlines.delete(timer);
        timer.expire();
      }
      this.update();
    }
  }

  clear(): void {
    this.deadlines.clear();
    this.earliest = undefined;
  }
}
