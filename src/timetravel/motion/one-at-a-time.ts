import { assert, UserError } from "../../base/index.ts";
import type { Progress, TravelOptions, TravelStop } from "../session/session.ts";
import { endedBy } from "./turns.ts";

/** What goes with the beginning and the end of motions. */
export interface MotionEvents {
  /** The motion in progress is to end soon. */
  interrupt(): void;
  /** Nothing moves yet. */
  begins(): void;
  changed(): void;
  progress(progress: Progress | undefined): void;
}

interface Current {
  readonly name: string;
  readonly options: TravelOptions;
  /** Never rejects. */
  readonly end: Promise<unknown>;
}

/** A session's motions, and what must not meet one. A second one is refused, except that some give way. */
export class OneAtATime {
  /** How the last motion or edit ended; undefined while there is one, and when it failed. */
  lastStop: TravelStop | undefined;
  /** No motion is made any more. */
  closed = false;
  private current: Current | undefined;
  /** Something is done to the machine, though no motion is in progress. */
  private occupied: Promise<unknown> | undefined;
  private interrupted = false;

  constructor(private readonly events: MotionEvents) {}

  get running(): boolean {
    return this.current !== undefined;
  }
  /** Nothing may be done to the machine. */
  get busy(): boolean {
    return this.running || this.occupied !== undefined;
  }
  get activity(): string | undefined {
    return this.current?.name;
  }

  async make(name: string, options: TravelOptions, body: () => Promise<TravelStop>): Promise<TravelStop> {
    for (let way = this.inTheWay(); way; way = this.inTheWay()) await way;
    if (this.current) throw new UserError("another motion is in progress");
    if (this.closed) throw new UserError("the session is closed");
    this.interrupted = false;
    this.events.begins();
    const motion = this.begin(body);
    this.current = { name, options, end: motion.catch(() => undefined) };
    this.lastStop = undefined;
    try {
      return (this.lastStop = await motion);
    } finally {
      this.current = undefined;
      this.events.progress(undefined);
      this.events.changed();
    }
  }

  private async begin(body: () => Promise<TravelStop>): Promise<TravelStop> {
    // The caller has this.current set before anything moves.
    await Promise.resolve();
    this.events.changed();
    return this.interrupted ? { kind: "interrupted" } : body();
  }

  /** What a newcomer waits for. */
  private inTheWay(): Promise<unknown> | undefined {
    if (!this.current || !endedBy(this.current.name, "refuse")) return this.occupied;
    this.interrupt();
    return this.current.end;
  }

  interrupt(): void {
    if (!this.current) return;
    this.interrupted = true;
    this.events.interrupt();
  }

  /** Ends what is in progress. */
  async stop(): Promise<void> {
    this.interrupt();
    await this.current?.end;
    await this.occupied;
  }

  /** The same, for good. Resolves to false when it is closed already. */
  async close(): Promise<boolean> {
    if (this.closed) return false;
    this.closed = true;
    await this.stop();
    return true;
  }

  /** How far the motion in progress is. */
  tell(progress: Omit<Progress, "task">): void {
    if (!this.current) return;
    const { name, options } = this.current;
    const told = { task: name, ...progress };
    options.onProgress?.(told);
    this.events.progress(told);
  }

  /** Does something while the machine stands. Rejects with a UserError when it does not. */
  async still(body: () => void | Promise<void>): Promise<void> {
    for (let way = this.inTheWay(); way; way = this.inTheWay()) await way;
    if (this.current) throw new UserError("stop the machine first");
    await body();
    this.events.changed();
  }

  /** The same, and whoever comes meanwhile waits. */
  alone(body: () => Promise<void>): Promise<void> {
    return this.still(async () => {
      assert(!this.occupied, "two things at once that must be alone");
      const done = body();
      this.occupied = done.catch(() => undefined);
      await done.finally(() => (this.occupied = undefined));
    });
  }
}
