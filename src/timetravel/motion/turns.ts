import type { Disposable } from "../../base/index.ts";

/**
 * What a request does to the motion in progress. "end": it stops wherever it is. "follow": it arrives first, since what
 * comes next counts from there; only one that goes to no place is ended. "refuse": only one that nobody waits for is ended,
 * and any other one refuses it. "wait": nothing.
 */
export type Manner = "end" | "follow" | "refuse" | "wait";

/** Motions that go to no place of their own. The last two come back by themselves. */
const placeless: readonly string[] = ["run", "index", "last write"];
/** Made behind its user's back. */
const unnoticed = "index";

/** The newest wins, or not: the only place where that is decided. */
export function endedBy(motion: string, manner: Manner): boolean {
  switch (manner) {
    case "end":
      return true;
    case "follow":
      return placeless.includes(motion);
    case "refuse":
      return motion === unnoticed;
    case "wait":
      return false;
  }
}

/** A session, as far as taking turns with it goes. */
export interface Mover {
  readonly running: boolean;
  readonly activity: string | undefined;
  interrupt(): void;
  onChange(listener: () => void): Disposable;
}

/** The queue of those who want to move one machine, or need it to stand: one after the other, in the order of asking. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  /** Manners of those who wait for their turn, in order. */
  private readonly waiting: Manner[] = [];

  constructor(private readonly mover: Mover) {}

  /** Does `action` when its turn comes; it is told whether somebody behind it would end it at once. */
  take<T>(manner: Manner, action: (overtaken: boolean) => Promise<T>): Promise<T> {
    const before = this.last;
    this.waiting.push(manner);
    const turn = (async () => {
      this.giveWay();
      await before.catch(() => {});
      await this.foreignMotionEnds(manner);
      this.waiting.shift();
      const result = action(this.waiting.includes("end"));
      // Someone asked for the next turn while this one was waiting for its own.
      this.giveWay();
      return await result;
    })();
    this.last = turn;
    return turn;
  }

  /** The machine is on its way from one place to another: it neither stands nor runs. */
  get underWay(): boolean {
    return this.mover.running && !this.ends("follow");
  }

  /** Resolves when it is not. */
  async arrived(): Promise<void> {
    while (this.underWay) await this.change();
  }

  /** Ends the motion in progress for those who wait for it. */
  private giveWay(): void {
    if (this.mover.running && this.waiting.some((manner) => this.ends(manner))) this.mover.interrupt();
  }

  private ends(manner: Manner): boolean {
    return endedBy(this.mover.activity ?? "", manner);
  }

  /** A motion that was started past this queue is nobody's to wait for; one that goes somewhere arrives. */
  private async foreignMotionEnds(manner: Manner): Promise<void> {
    if (!this.mover.running) return;
    if (this.ends(manner === "follow" ? "follow" : "end")) this.mover.interrupt();
    while (this.mover.running) await this.change();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const listening = this.mover.onChange(() => {
        listening.dispose();
        resolve();
      });
    });
  }
}
