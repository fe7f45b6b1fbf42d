import type { HitPolicy, WatchHit } from "../../machine/index.ts";
import type { Chronicle } from "../session/chronicle.ts";
import type { Snapshot } from "../state/snapshots.ts";
import { type Motion, nearBefore, type Traveller } from "./traveller.ts";

/** A break- or watchpoint hit as someone who comes from the future meets it: `position` is where to stop. */
export interface PastHit {
  readonly position: number;
  readonly hit: WatchHit | undefined;
}

/** Takes snapshots shortly before `end`: most hits are near, and looking for them is slower than getting there. */
async function approach(chronicle: Chronicle, traveller: Traveller, end: number): Promise<Motion> {
  const { snapshots } = chronicle;
  for (const mark of nearBefore(end)) {
    if (mark <= snapshots.nearest(end - 1).position) continue;
    const motion = await traveller.goTo(mark);
    if (motion.kind !== "position") return motion;
    chronicle.takeSnapshot();
  }
  return { kind: "position" };
}

/** Where an access stops who comes back: before it if he is to `pass` it, and else behind; there it may have been `reported`. */
export interface Accesses {
  readonly pass: boolean;
  readonly reported: boolean;
}

/**
 * The last hit whose stop lies before `to`, and not before `from`: history is run again from one snapshot to the next, the latest first.
 * An access in the step that ends at `to` counts too, unless it has been reported there.
 * When interrupted, the machine stands where everything after has been searched.
 * `clearFrom`: the first position from which to the given one nothing can be hit.
 */
export async function lastHit(
  chronicle: Chronicle,
  traveller: Traveller,
  { from: start, to: end }: { readonly from: number; readonly to: number },
  accesses: Accesses,
  clearFrom: (high: number) => number | Promise<number>,
): Promise<PastHit | "none" | "interrupted"> {
  const { snapshots } = chronicle;
  const back = snapshots.nearest(end);
  for (let high = end; high > start;) {
    const clear = await clearFrom(high);
    if (clear < high) {
      high = clear;
      continue;
    }
    await traveller.warm(high - 1);
    if (high === end && (await approach(chronicle, traveller, high)).kind === "interrupted") {
      chronicle.restore(back);
      return "interrupted";
    }
    const snapshot = snapshots.nearest(high - 1);
    traveller.progress = () => ({ done: end - high, total: end });
    // Thinning must not take it while the interval is searched.
    snapshot.pins++;
    try {
      const stopOf = (position: number, hit: WatchHit | undefined): number | undefined => {
        const stop = hit && !accesses.pass ? position + 1 : position;
        return stop < end || (hit && !accesses.reported) ? stop : undefined;
      };
      const found = await lastHitBetween(chronicle, traveller, snapshot, high, stopOf);
      if (found === "interrupted") {
        chronicle.restore(snapshots.all.find(({ position }) => position >= high && position < end) ?? back);
        return "interrupted";
      }
      if (found !== "none") return found.position < start ? "none" : found;
      high = snapshot.position;
    } finally {
      snapshot.pins--;
    }
  }
  return "none";
}

/** The last hit in the stretch from a snapshot to `end` that has a stop. Leaves snapshots on the way there when there is one. */
async function lastHitBetween(
  chronicle: Chronicle,
  traveller: Traveller,
  from: Snapshot,
  end: number,
  stopOf: (position: number, hit: WatchHit | undefined) => number | undefined,
): Promise<PastHit | "none" | "interrupted"> {
  let found: PastHit | "none" = "none";
  const hits: HitPolicy = {
    kind: "collect",
    onHit: (position, hit) => {
      const stop = stopOf(position, hit);
      // Hits come in order, also those of equal stops.
      if (stop !== undefined) found = { position: stop, hit };
    },
  };
  chronicle.restore(from);
  const near: Snapshot[] = [];
  for (const mark of [...nearBefore(end), end]) {
    if (mark <= chronicle.machine.position) continue;
    const motion = await traveller.advance(mark, hits);
    if (motion.kind === "interrupted") return "interrupted";
    if (motion.kind !== "position") break;
    if (mark < end && !chronicle.snapshots.at(mark)) near.push(chronicle.takeSnapshot());
  }
  if (found === "none") chronicle.snapshots.drop(near);
  return found;
}
