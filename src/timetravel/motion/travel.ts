import type { TravelStop } from "../session/session.ts";
import type { Course } from "../session/course.ts";
import type { Snapshot } from "../state/snapshots.ts";
import type { Chronicle } from "../session/chronicle.ts";
import type { Hits } from "./hits.ts";
import type { Traveller } from "./traveller.ts";

/** What a motion is made with. Each is a function of this, in a file of its own; they are made one at a time. */
export interface Travel {
  readonly chronicle: Chronicle;
  /** Slices, and the way to a position. */
  readonly traveller: Traveller;
  /** The history that it goes through. */
  readonly course: Course;
  readonly hits: Hits;
  /** QEMU's replay_break: a motion stops where this position is reached, once. */
  replayBreak: number | undefined;
  /** To be called between slices that the traveller does not make. */
  turn(): void;
}

/** Whether the motion that begins here is to stop at once, for this once. */
export function atReplayBreak(travel: Travel): boolean {
  if (travel.replayBreak !== travel.course.position) return false;
  travel.replayBreak = undefined;
  return true;
}

/**
 * Waits until history is known up to there, or to its end: a large recording is read while its beginning is shown. Resolves
 * to false when interrupted before.
 */
export async function known({ chronicle: { history }, traveller }: Travel, position: number): Promise<boolean> {
  while (history.growth && history.end < position) {
    if (traveller.interrupted) return false;
    await history.growth;
  }
  return true;
}

/** At the end of a history that does not grow. */
export function endStop({ chronicle }: Travel): TravelStop {
  const reason = chronicle.history.endReason;
  return reason ? { kind: "shutdown", reason } : { kind: "history-end" };
}

/** Leaves the live end for a search through history whose beginning, `here`, is not to be lost. */
export async function fromHere<T>({ chronicle, course }: Travel, search: (here: Snapshot) => Promise<T>): Promise<T> {
  course.leaveLive();
  const here = chronicle.takeSnapshot();
  here.pins++;
  try {
    return await search(here);
  } finally {
    here.pins--;
  }
}

/**
 * The machine has stopped before a step, but may have applied the inputs of it: State(p) is without them. Resolves to false
 * when interrupted.
 */
export async function untakeInputs({ chronicle, traveller, course }: Travel): Promise<boolean> {
  const { history, snapshots, live } = chronicle;
  const { position } = course;
  await chronicle.ready(position + 1);
  if (history.inputsAt(position).length === 0) return true;
  if (live) course.live?.untake();
  chronicle.restore(snapshots.nearest(position));
  const motion = await traveller.advance(position, { kind: "ignore" });
  if (motion.kind !== "position") return false;
  if (live) course.returnToLive();
  return true;
}
