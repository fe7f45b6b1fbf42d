import type { HitPolicy } from "../../machine/index.ts";
import type { TravelStop } from "../session/session.ts";
import { atReplayBreak, endStop, known, type Travel, untakeInputs } from "./travel.ts";

export interface RunOptions {
  readonly until?: number;
  readonly ignoreHits?: boolean;
}

/** Forward until something stops it; where history grows, at the pace of the host's time. */
export async function run(travel: Travel, { until = Infinity, ignoreHits = false }: RunOptions): Promise<TravelStop> {
  const { chronicle, traveller, course, hits } = travel;
  if (until !== Infinity) traveller.expect(until);
  const start = course.position;
  const toldHere = hits.toldToRunner();
  let told = toldHere;
  hits.leave();
  if (atReplayBreak(travel)) return { kind: "position" };
  for (;;) {
    if (traveller.interrupted) return { kind: "interrupted" };
    if (course.position >= until) return { kind: "position" };
    if (chronicle.history.growth && !(await known(travel, course.position + 1))) return { kind: "interrupted" };
    if (!chronicle.live && course.position >= course.end && !course.returnToLive()) return endStop(travel);
    if (chronicle.live) await course.log.recover();
    course.applyPending();
    const { replayBreak = Infinity } = travel;
    const pause = replayBreak > course.position ? replayBreak : Infinity;
    const end = chronicle.live ? Infinity : course.end;
    const policy: HitPolicy = ignoreHits ? { kind: "ignore" } : { kind: "stop", told };
    const stop = await traveller.advancePart(Math.min(until, pause, end), policy);
    told = [];
    switch (stop.kind) {
      case "idle":
        await course.live!.idle(
          stop.deadlineNs,
          () => travel.turn(),
          () => traveller.interrupted,
        );
        // Many short idles are not slept off one by one.
        await traveller.giveWayWhenDue();
        break;
      case "shutdown":
        course.finish(stop.reason);
        return stop;
      case "breakpoint":
      case "watchpoint":
        hits.stopped(stop.kind, course.position === start ? toldHere : []);
        return (await untakeInputs(travel)) ? stop : { kind: "interrupted" };
      case "position":
        if (course.position !== pause) break;
        travel.replayBreak = undefined;
        return stop;
    }
  }
}
