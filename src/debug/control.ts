import { EventEmitter, type Disposable } from "../base/index.ts";
import { type Manner, type Session, type TravelStop, Turns } from "../timetravel/index.ts";

/**
 * Lets several parties (gdb, monitor, page) move one machine, one motion after the other. Relative motions add up: each
 * counts from where the one before was going, not from wherever it happened to be. Whoever stops the machine stops it
 * where it is, and drops what was asked for before.
 */
export class RunControl {
  private readonly stopped = new EventEmitter<TravelStop>();
  private readonly halted = new EventEmitter<void>();
  private readonly turns: Turns;
  /** Pauses in progress or asked for: a run that they end is taken up again, unless something else was asked for. */
  private pauses = 0;
  private requests = 0;

  constructor(private readonly session: Session) {
    this.turns = new Turns(session);
  }

  /** A user's wish that the machine stand: ends the motion in progress; resolves when it does. */
  async halt(): Promise<void> {
    this.halted.emit();
    await this.exclusive(async () => {});
  }

  /** Makes a motion that begins where the machine is: where the motion in progress arrives, or where a run is ended. */
  move(motion: (session: Session) => Promise<TravelStop>): Promise<TravelStop> {
    return this.make(motion, "follow");
  }

  /** Makes a motion to a place, from wherever the machine is: the one in progress is overtaken. */
  moveTo(motion: (session: Session) => Promise<TravelStop>): Promise<TravelStop> {
    return this.make(motion, "end");
  }

  private async make(motion: (session: Session) => Promise<TravelStop>, manner: Manner): Promise<TravelStop> {
    const request = ++this.requests;
    for (let first = true; ; first = false) {
      const stop = await this.turns.take(first ? manner : "wait", async (overtaken) =>
        overtaken ? { kind: "interrupted" as const } : motion(this.session),
      );
      if (stop.kind === "interrupted" && this.pauses > 0 && this.requests === request) continue;
      this.stopped.emit(stop);
      return stop;
    }
  }

  /** An action that needs the machine to stand for a moment; a run goes on afterwards. */
  async pause<T>(action: () => Promise<T>): Promise<T> {
    this.pauses++;
    const done = this.turns.take("follow", action);
    // The run that was interrupted has queued itself again before the pause is over.
    return done.finally(() => this.pauses--);
  }

  /** The same for a seek or another action that must not meet a motion, after which none goes on. */
  exclusive<T>(action: () => Promise<T>, manner: Manner = "end"): Promise<T> {
    this.requests++;
    return this.turns.take(manner, action);
  }

  /** Resolves when the machine is not on its way from one place to another: it stands, or runs. */
  arrived(): Promise<void> {
    return this.turns.arrived();
  }

  /** Every end of a motion made by this class. */
  onStop(listener: (stop: TravelStop) => void): Disposable {
    return this.stopped.on(listener);
  }

  /** Every `halt`, before it is done. */
  onHalt(listener: () => void): Disposable {
    return this.halted.on(listener);
  }
}
