import { EventEmitter, type Disposable } from "../base/index.ts";
import type { Session, TravelStop } from "../timetravel/index.ts";

/**
 * What a request does to the motion in progress. "end": it stops wherever it is. "follow": it arrives first, since what
 * comes next counts from there; only one that goes to no place is ended. "wait": nothing.
 */
export type Manner = "end" | "follow" | "wait";

/** Motions that go to no place of their own. The last two come back by themselves. */
const placeless = new Set(["run", "index", "last write"]);

/**
 * Lets several parties (gdb, monitor, page) move one machine, one motion after the other. Relative motions add up: each
 * counts from where the one before was going, not from wherever it happened to be. Whoever stops the machine stops it
 * where it is, and drops what was asked for before.
 */
export class RunControl {
  private readonly stopped = new EventEmitter<TravelStop>();
  private readonly halted = new EventEmitter<void>();
  private last: Promise<unknown> = Promise.resolve();
  private readonly queued: Record<Manner, number> = { end: 0, follow: 0, wait: 0 };
  /** Pauses in progress or asked for: a run that they end is taken up again, unless something else was asked for. */
  private pauses = 0;
  private requests = 0;

  constructor(private readonly session: Session) {}

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
      const stop = await this.turn(() => motion(this.session), first ? manner : "wait");
      if (stop.kind === "interrupted" && this.pauses > 0 && this.requests === request) continue;
      this.stopped.emit(stop);
      return stop;
    }
  }

  /** An action that needs the machine to stand for a moment; a run goes on afterwards. */
  async pause<T>(action: () => Promise<T>): Promise<T> {
    this.pauses++;
    const done = this.turn(action, "follow");
    // The run that was interrupted has queued itself again before the pause is over.
    return done.finally(() => this.pauses--);
  }

  /** The same for a seek or another action that must not meet a motion, after which none goes on. */
  exclusive<T>(action: () => Promise<T>, manner: Manner = "end"): Promise<T> {
    this.requests++;
    return this.turn(action, manner);
  }

  /** Resolves when the machine is not on its way from one place to another: it stands, or runs. */
  async arrived(): Promise<void> {
    while (this.session.running && !this.runs) await this.change();
  }

  private get runs(): boolean {
    return placeless.has(this.session.activity ?? "");
  }

  private async turn<T>(action: () => Promise<T>, manner: Manner): Promise<T> {
    const before = this.last;
    this.queued[manner]++;
    const turn = (async () => {
      this.giveWay();
      await before.catch(() => {});
      await this.foreignMotionEnds(manner);
      this.queued[manner]--;
      const result = action();
      // Someone asked for the next turn while this one was waiting for its own.
      this.giveWay();
      return await result;
    })();
    this.last = turn;
    return turn;
  }

  /** Ends the motion in progress for those who wait for it. */
  private giveWay(): void {
    const { session, queued } = this;
    if (session.running && (queued.end > 0 || (queued.follow > 0 && this.runs))) session.interrupt();
  }

  /** A motion that was started past this class. */
  private async foreignMotionEnds(manner: Manner): Promise<void> {
    if (!this.session.running) return;
    if (manner !== "follow" || this.runs) this.session.interrupt();
    while (this.session.running) await this.change();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const listening = this.session.onChange(() => {
        listening.dispose();
        resolve();
      });
    });
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
