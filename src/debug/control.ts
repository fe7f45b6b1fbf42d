import { EventEmitter, type Disposable } from "../base/index.ts";
import type { Session, TravelStop } from "../timetravel/index.ts";

/** Lets several parties (gdb, monitor, page) move one machine: a new motion ends the one in progress first. */
export class RunControl {
  private readonly stopped = new EventEmitter<TravelStop>();
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  /** Pauses in progress or asked for: a motion that they end is taken up again, unless something else was asked for. */
  private pauses = 0;
  private requests = 0;

  constructor(private readonly session: Session) {}

  /** Ends the motion in progress; resolves when the machine stands. */
  async halt(): Promise<void> {
    await this.exclusive(async () => {});
  }

  /** Ends the motion in progress, then makes this one. */
  async move(motion: (session: Session) => Promise<TravelStop>): Promise<TravelStop> {
    const request = ++this.requests;
    for (let patient = false; ; patient = true) {
      const stop = await this.turn(() => motion(this.session), patient);
      if (stop.kind === "interrupted" && this.pauses > 0 && this.requests === request) continue;
      this.stopped.emit(stop);
      return stop;
    }
  }

  /** An action that needs the machine to stand for a moment; it goes on afterwards. */
  async pause<T>(action: () => Promise<T>): Promise<T> {
    this.pauses++;
    const done = this.turn(action);
    // The motion that was interrupted has queued itself again before the pause is over.
    return done.finally(() => this.pauses--);
  }

  /** The same for a seek or another action that must not meet a motion. */
  exclusive<T>(action: () => Promise<T>): Promise<T> {
    this.requests++;
    return this.turn(action);
  }

  /** `patient`: does not end what is before it. */
  private async turn<T>(action: () => Promise<T>, patient = false): Promise<T> {
    const before = this.last;
    if (!patient) this.waiting++;
    const turn = (async () => {
      if (this.session.running && !patient) this.session.interrupt();
      await before.catch(() => {});
      await this.foreignMotionEnds();
      if (!patient) this.waiting--;
      const result = action();
      // Someone asked for the next turn while this one was waiting for its own.
      if (this.waiting > 0) this.session.interrupt();
      return await result;
    })();
    this.last = turn;
    return turn;
  }

  /** A motion that was started past this class. */
  private async foreignMotionEnds(): Promise<void> {
    if (!this.session.running) return;
    await new Promise<void>((resolve) => {
      const listening = this.session.onChange(() => {
        if (this.session.running) return;
        listening.dispose();
        resolve();
      });
      this.session.interrupt();
    });
  }

  /** Every end of a motion made through `move`. */
  onStop(listener: (stop: TravelStop) => void): Disposable {
    return this.stopped.on(listener);
  }
}
