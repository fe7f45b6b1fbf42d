import type { HitKind, WatchHit } from "../../machine/index.ts";
import type { TravelStop } from "../session/session.ts";
import { denseBefore } from "./traveller.ts";
import { endStop, known, type Travel, untakeInputs } from "./travel.ts";

export interface StepOptions {
  /** A watched access in the step is reported first, once. */
  readonly hits?: boolean;
}

export async function step(travel: Travel, options: StepOptions): Promise<TravelStop> {
  const { chronicle, course, hits } = travel;
  const watching = options.hits === true && hits.watchesStep;
  const told: readonly HitKind[] = hits.toldHere;
  hits.leave();
  const next = course.position + 1;
  if (!(await known(travel, next))) return { kind: "interrupted" };
  if (!chronicle.live && course.position >= course.end && !course.returnToLive()) return endStop(travel);
  if (chronicle.live) await course.log.recover();
  await chronicle.ready(next);
  const stop = watching
    ? hits.watched((policy) => chronicle.advance(next, policy))
    : chronicle.advance(next, { kind: "ignore" });
  switch (stop.kind) {
    case "watchpoint":
      hits.stopped(stop.kind, told);
      return (await untakeInputs(travel)) ? stop : { kind: "interrupted" };
    case "shutdown":
      course.finish(stop.reason);
      return stop;
    case "idle":
      course.live!.endIdle(stop.deadlineNs ?? chronicle.machine.nowNs, stop.deadlineNs);
      return { kind: "position" };
    default:
      return stop;
  }
}

/** Where watchpoints stop before the access, one in the step back is reported first: then the machine stands where it stood. */
export async function stepBack(travel: Travel, options: StepOptions): Promise<TravelStop> {
  const { traveller, course, hits } = travel;
  const watching = options.hits === true && hits.watchesStepBack;
  hits.leave();
  const target = course.position - 1;
  if (target < 0) return { kind: "history-start" };
  course.leaveLive();
  const motion = await traveller.goTo(target, denseBefore(target));
  if (!watching || motion.kind !== "position") return motion;
  const hit = await accessInStep(travel);
  if (!hit) return motion;
  hits.stoppedBack(hit);
  return { kind: "watchpoint", hit };
}

/** The first watched access in the step from here; unless who comes back passes it, the machine stands behind it then. */
async function accessInStep({ chronicle, course, hits }: Travel): Promise<WatchHit | undefined> {
  const { snapshots } = chronicle;
  const { position } = course;
  const made: WatchHit[] = [];
  const own = snapshots.at(position) === undefined;
  const before = chronicle.takeSnapshot();
  await chronicle.ready(position + 1);
  chronicle.advance(position + 1, { kind: "collect", onHit: (_, hit) => hit && made.push(hit) });
  if (made[0] === undefined || hits.passAccesses) chronicle.restore(before);
  if (own) snapshots.drop([before]);
  return made[0];
}
