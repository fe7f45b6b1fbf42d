import type { TravelStop } from "../session/session.ts";
import { lastHit } from "./last-hit.ts";
import { denseBefore } from "./traveller.ts";
import { atReplayBreak, fromHere, type Travel } from "./travel.ts";

/** Back to the last hit before here, or to the replay break where that comes first. */
export async function runBack(travel: Travel): Promise<TravelStop> {
  const { chronicle, traveller, course, hits, replayBreak } = travel;
  const from = course.position;
  const accesses = { pass: hits.passAccesses, reported: hits.reportedBehind };
  hits.leave();
  if (from === 0) return { kind: "history-start" };
  if (atReplayBreak(travel)) return { kind: "position" };
  const pause = replayBreak !== undefined && replayBreak < from ? replayBreak : undefined;
  return fromHere(travel, async () => {
    const stretch = { from: pause ?? 0, to: from };
    const found = await lastHit(chronicle, traveller, stretch, accesses, (high) =>
      hits.clearFrom(chronicle.footprints, high),
    );
    if (found === "interrupted") return { kind: "interrupted" };
    const target = found === "none" ? stretch.from : found.position;
    const motion = await traveller.goTo(target, denseBefore(target));
    if (motion.kind !== "position") return motion;
    if (target === pause) travel.replayBreak = undefined;
    if (found === "none") return pause === undefined ? { kind: "history-start" } : motion;
    hits.stoppedBack(found.hit);
    return found.hit ? { kind: "watchpoint", hit: found.hit } : { kind: "breakpoint" };
  });
}
