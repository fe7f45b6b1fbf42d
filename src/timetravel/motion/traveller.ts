import type { HitPolicy, Stop, WatchHit } from "../../machine/index.ts";
import type { Host } from "../door/host.ts";
import { Pacer } from "../door/pacer.ts";
import type { Snapshot } from "../state/snapshots.ts";
import type { Timeline } from "../session/timeline.ts";

export type Motion = Stop | { readonly kind: "interrupted" };

/** A break- or watchpoint hit as someone who comes from the future meets it: `position` is where to stop. */
export interface PastHit {
  readonly position: number;
  readonly hit: WatchHit | undefined;
}

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

/** Moves a timeline in slices that give way to the host. */
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
    private readonly timeline: Timeline,
    private readonly host: Host,
    private readonly turn: () => void,
    private readonly stepLimit: () => number,
    readonly warm: (position: number) => Promise<void>,
  ) {
    this.pacer = new Pacer(this.host);
  }

  /** One part of a slice, at most to `target`. */
  async advancePart(target: number, hits: HitPolicy): Promise<Stop> {
    const { machine } = this.timeline;
    const from = machine.position;
    let stop: Stop = { kind: "position" };
    this.pacer.measure(() => {
      stop = this.timeline.advance(Math.min(target, from + this.pacer.instructions, from + this.stepLimit()), hits);
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
    const from = this.timeline.machine.position;
    this.progress = () => ({ done: this.timeline.machine.position - from, total: target - from });
  }

  /** Forward to `target`, or to a stop before. */
  async advance(target: number, hits: HitPolicy): Promise<Motion> {
    while (this.timeline.machine.position < target) {
      if (this.interrupted) return { kind: "interrupted" };
      const stop = await this.advancePart(target, hits);
      if (stop.kind !== "position") return stop;
    }
    return { kind: "position" };
  }

  /** To `target` in known history, from the nearest state known; takes snapshots at `marks` that lie on the way. */
  async goTo(target: number, marks: readonly number[] = []): Promise<Motion> {
    const { machine, snapshots } = this.timeline;
    await this.warm(target);
    const nearest = snapshots.nearest(target);
    if (machine.position > target || nearest.position > machine.position) this.timeline.restore(nearest);
    this.expect(target);
    for (const mark of marks) {
      if (mark <= machine.position || mark >= target) continue;
      const motion = await this.advance(mark, { kind: "ignore" });
      if (motion.kind !== "position") return motion;
      this.timeline.takeSnapshot();
    }
    return this.advance(target, { kind: "ignore" });
  }

  /** Takes snapshots shortly before `end`: most hits are near, and looking for them is slower than getting there. */
  private async approach(end: number): Promise<Motion> {
    const { snapshots } = this.timeline;
    for (const mark of nearBefore(end)) {
      if (mark <= snapshots.nearest(end - 1).position) continue;
      const motion = await this.goTo(mark);
      if (motion.kind !== "position") return motion;
      this.timeline.takeSnapshot();
    }
    return { kind: "position" };
  }

  /**
   * The last hit whose stop lies before `end`, and not before `start`: history is run again from one snapshot to the next, the latest first.
   * An access in the step that ends at `end` counts too, unless it has been `reported` there.
   * When interrupted, the machine stands where everything after has been searched.
   * `clearFrom`: the first position from which to the given one nothing can be hit.
   */
  async lastHit(
    { from: start, to: end }: { readonly from: number; readonly to: number },
    reported: boolean,
    clearFrom: (high: number) => number | Promise<number>,
  ): Promise<PastHit | "none" | "interrupted"> {
    const { snapshots } = this.timeline;
    const back = snapshots.nearest(end);
    for (let high = end; high > start;) {
      const clear = await clearFrom(high);
      if (clear < high) {
        high = clear;
        continue;
      }
      await this.warm(high - 1);
      if (high === end && (await this.approach(high)).kind === "interrupted") {
        this.timeline.restore(back);
        return "interrupted";
      }
      const snapshot = snapshots.nearest(high - 1);
      this.progress = () => ({ done: end - high, total: end });
      // Thinning must not take it while the interval is searched.
      snapshot.pins++;
      const near: Snapshot[] = [];
      try {
        this.timeline.restore(snapshot);
        const found: PastHit[] = [];
        const hits: HitPolicy = {
          kind: "collect",
          onHit: (position, hit) => {
            const stop = hit ? position + 1 : position;
            // Hits come in order: at equal stops the breakpoint is the later one.
            if (stop < end || (hit && !reported)) found[0] = { position: stop, hit };
          },
        };
        let motion: Motion = { kind: "position" };
        for (const mark of [...nearBefore(high), high]) {
          if (mark <= this.timeline.machine.position) continue;
          motion = await this.advance(mark, hits);
          if (motion.kind !== "position") break;
          if (mark < high && !snapshots.at(mark)) near.push(this.timeline.takeSnapshot());
        }
        if (motion.kind === "interrupted") {
          this.timeline.restore(snapshots.all.find(({ position }) => position >= high && position < end) ?? back);
          return "interrupted";
        }
        if (found[0]) return found[0].position < start ? "none" : found[0];
        snapshots.drop(near);
        high = snapshot.position;
      } finally {
        snapshot.pins--;
      }
    }
    return "none";
  }
}
