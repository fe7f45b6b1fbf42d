import { UserError } from "../../base/index.ts";
import type { TravelStop } from "../session/session.ts";
import type { Chronicle } from "../session/chronicle.ts";
import { nearBefore, type Motion, type Traveller } from "./traveller.ts";
import { fromHere, known, type Travel } from "./travel.ts";

/** Shorter ways are run again as well. */
const instructionsWorthKeeping = 2 ** 16;

export async function seek(travel: Travel, position: number): Promise<TravelStop> {
  const { course, traveller, hits } = travel;
  if (!(await known(travel, position))) return { kind: "interrupted" };
  if (position > course.end)
    throw new UserError(`position ${position} is after the end of ${course.what}, ${course.end}`);
  if (position === course.position) return { kind: "position" };
  hits.leave();
  course.leaveLive();
  // Whoever goes somewhere may look back from there.
  return traveller.goTo(position, nearBefore(position).slice(-1));
}

/** To the first position at which `ns` have passed. */
export async function seekTime(travel: Travel, ns: number): Promise<TravelStop> {
  const { chronicle, traveller, course, hits } = travel;
  if (!(await known(travel, Infinity))) return { kind: "interrupted" };
  hits.leave();
  return fromHere(travel, async (here) => {
    const motion = await goToTime(chronicle, traveller, ns, course.end);
    const { nowNs } = chronicle.machine;
    if (motion.kind !== "position" || nowNs >= ns) return motion;
    chronicle.restore(here);
    if (course.atEnd) course.returnToLive();
    throw new UserError(`${course.what} ends before that, at ${nowNs} ns`);
  });
}

/** Goes to the first position up to `end` at which `ns` have passed, or to `end`. */
async function goToTime(chronicle: Chronicle, traveller: Traveller, ns: number, end: number): Promise<Motion> {
  const { all } = chronicle.snapshots;
  let low = all.findLast(({ virtualNs }) => virtualNs < ns)?.position ?? 0;
  let high = all.find(({ virtualNs }) => virtualNs >= ns)?.position ?? end;
  // Idle time passes within a step, so that halving is the only way.
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const motion = await traveller.goTo(middle);
    if (motion.kind !== "position") return motion;
    if (chronicle.machine.nowNs >= ns) high = middle;
    else {
      low = middle + 1;
      if (high - low > instructionsWorthKeeping) chronicle.takeSnapshot();
    }
  }
  return traveller.goTo(low);
}

/** Runs once through what is not indexed yet, and comes back. */
export async function index(travel: Travel): Promise<TravelStop> {
  const { chronicle, traveller, course } = travel;
  if (!(await known(travel, Infinity))) return { kind: "interrupted" };
  return fromHere(travel, async (here) => {
    await traveller.goTo(chronicle.indexedTo);
    traveller.expect(course.end);
    const motion = await traveller.advance(course.end, { kind: "ignore" });
    chronicle.restore(here);
    return motion;
  });
}
