import type { HitPolicy, Stop } from "../../machine/index.ts";
import type { Host } from "../door/host.ts";
import { Pacer } from "../door/pacer.ts";
import type { Chronicle } from "../session/chronicle.ts";

export type Motion = Stop | { readonly kind: "interrupted" };

/** Distances before a place where the user steps back, at which to have snapshots: the next steps back are short then. */
const denseDistances = [2 ** 23, 2 ** 20, 2 ** 17, 2 ** 14, 2 ** 11, 2 ** 8, 2 ** 5];

/** Distances before the end of a stretch that is searched for its last hit: from the nearest of them one goes to it. */
const nearDistances = [2 ** 22, 2 ** 20];

export function nearBefore(position: number): readonly number[] {
  return nearDistances.map((distance) => position - distance);
}

export function denseBefore(position: number): readonly number[] {
  return denseDistances.map((distance) => position - distance).filter((mark) => mark > 0);
}

/** Moves a chronicle in slices that give way to the host. */
export class Traveller {
  /** Set to end the motion in progress. */
  interrupted = false;

  /** How far the motion in progress is, in instructions; undefined where nobody knows. */
  progress: (() => { readonly done: number; readonly total: number }) | undefined;

  private readonly pacer: Pacer;

  /**
   * `turn`: called between slices. `stepLimit`: no more instructions at once than this. `warm`: brings a stored
   * snapshot near a position into memory.
   */
  constructor(
    private readonly chronicle: Chronicle,
    private readonly host: Host,
    private readonly turn: () => void,
    private readonly stepLimit: () => number,
    readonly warm: (position: number) => Promise<void>,
  ) {
    this.pacer = new Pacer(this.host);
  }

  /** A new motion. */
  begin(): void {
    this.interrupted = false;
    this.progress = undefined;
  }

  /** One part of a slice, at most to `target`. */
  async advancePart(target: number, hits: HitPolicy): Promise<Stop> {
    const { machine } = this.chronicle;
    const from = machine.position;
    const wanted = Math.min(target, from + this.pacer.instructions, from + this.stepLimit());
    const until = this.chronicle.readyTo(wanted) ?? (await this.chronicle.ready(wanted));
    let stop: Stop = { kind: "position" };
    this.pacer.measure(() => {
      stop = this.chronicle.advance(until, hits);
      return machine.position - from;
    });
    // A machine within an idle is for the caller to see to first.
    if (stop.kind === "position") await this.giveWayWhenDue();
    return stop;
  }

  async giveWayWhenDue(): Promise<void> {
    if (!this.pacer.due) return;
    await this.pacer.giveWay();
    this.turn();
  }

  /** From here to `target` is what the user waits for. */
  expect(target: number): void {
    const from = this.chronicle.machine.position;
    this.progress = () => ({ done: this.chronicle.machine.position - from, total: target - from });
  }

  /** Forward to `target`, or to a stop before. */
  async advance(target: number, hits: HitPolicy): Promise<Motion> {
    while (this.chronicle.machine.position < target) {
      if (this.interrupted) return { kind: "interrupted" };
      const stop = await this.advancePart(target, hits);
      if (stop.kind !== "position") return stop;
    }
    return { kind: "position" };
  }

  /** To `target` in known history, from the nearest state known; takes snapshots at `marks` that lie on the way. */
  async goTo(target: number, marks: readonly number[] = []): Promise<Motion> {
    const { machine, snapshots } = this.chronicle;
    await this.warm(target);
    const nearest = snapshots.nearest(target);
    if (machine.position > target || nearest.position > machine.position) this.chronicle.restore(nearest);
    this.expect(target);
    for (const mark of marks) {
      if (mark <= machine.position || mark >= target) continue;
      const motion = await this.advance(mark, { kind: "ignore" });
      if (motion.kind !== "position") return motion;
      this.chronicle.takeSnapshot();
    }
    return this.advance(target, { kind: "ignore" });
  }
}
