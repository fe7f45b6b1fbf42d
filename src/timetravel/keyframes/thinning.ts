import type { TravelLimits } from "../session/chronicle.ts";
import type { Snapshot } from "../state/snapshots.ts";

/** Instructions between keyframes of a history so long: at least so far `apart`, and so that there are few enough. */
export function spacing(
  length: number,
  apart: number,
  { keyframeInterval, keyframeCount }: Pick<TravelLimits, "keyframeInterval" | "keyframeCount">,
): number {
  let spaced = Math.max(keyframeInterval, apart);
  while (length / spaced > keyframeCount) spaced *= 2;
  return spaced;
}

/** Snapshots up to `end` that are worth storing, beside those `stored`: ascending, as `snapshots` are. */
export function worthKeeping(
  snapshots: readonly Snapshot[],
  stored: readonly number[],
  end: number,
  apart: number,
): readonly Snapshot[] {
  const chosen: Snapshot[] = [];
  const taken = [0, ...stored];
  for (const snapshot of snapshots) {
    if (snapshot.position > end) break;
    if (taken.some((position) => Math.abs(position - snapshot.position) < apart)) continue;
    taken.push(snapshot.position);
    chosen.push(snapshot);
  }
  return chosen;
}

/** Of ascending positions those that stay, evenly. */
export function thinned(positions: readonly number[], apart: number): number[] {
  const kept: number[] = [];
  for (const position of positions) if (position - (kept.at(-1) ?? 0) >= apart) kept.push(position);
  return kept;
}
