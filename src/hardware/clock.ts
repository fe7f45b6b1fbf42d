/** What a device may know of time. All of it is a function of the position and of idled time: deterministic. */
export interface VirtualClock {
  /** Virtual nanoseconds since power-on, at the step in execution. A safe integer. */
  nowNs(): number;
  /** The position before the step in execution. */
  position(): number;
  /**
   * Asks for `timer.expire` at the first boundary at or after `deadlineNs`; replaces what that timer asked before.
   * undefined cancels. Not state: a device sets its deadline again in `load`.
   */
  setDeadline(timer: Timer, deadlineNs: number | undefined): void;
}

export interface Timer {
  expire(): void;
}
