import type { View } from "../../api/index.ts";
import type { Scale } from "./scale.ts";

export interface TimelineMark {
  readonly lane: "input" | "snapshot" | "bookmark";
  readonly position: number;
  readonly label: string;
}

/** Inputs, snapshots and bookmarks in one list, in no order. */
function marksOf(view: View): readonly TimelineMark[] {
  return [
    ...view.inputs.map((m): TimelineMark => ({ lane: "input", position: m.position, label: m.label })),
    ...view.snapshots.map((m): TimelineMark => ({
      lane: m.named ? "bookmark" : "snapshot",
      position: m.position,
      label: m.label,
    })),
  ];
}

/** The mark nearest to a pixel, within `reach` pixels; named ones win over automatic snapshots. */
export function markNear(
  view: View,
  scale: Scale,
  width: number,
  pixel: number,
  reach: number,
): TimelineMark | undefined {
  let best: TimelineMark | undefined;
  let bestDistance = reach;
  for (const mark of marksOf(view)) {
    if (mark.lane === "snapshot") continue;
    const distance = Math.abs(scale.toPixel(mark.position, width) - pixel);
    if (distance > bestDistance) continue;
    best = mark;
    bestDistance = distance;
  }
  return best;
}

/** Keys as a person would write them: "echo hello⏎". */
export function describeInput(text: string): string {
  const shown = text
    .replaceAll("\r", "⏎")
    .replaceAll("\n", "⏎")
    .replaceAll("\t", "⇥")
    .replaceAll("\x7f", "⌫")

    .replace(/[\x00-\x1f]/g, (c) => `^${String.fromCharCode(c.charCodeAt(0) + 64)}`);
  return shown.length > 40 ? `${shown.slice(0, 39)}…` : shown;
}
