import type { Mark, SnapshotMark, View, ViewChange } from "./machine.ts";
import { spliceBetween, spliced } from "./splice.ts";

type Marks = Pick<View, "snapshots" | "inputs">;
const none: Marks = { snapshots: [], inputs: [] };

/** Tells one listener of views, each when the one before has been told. What a view lists does not change afterwards. */
export class ViewTeller {
  private told = none;

  change(view: View): ViewChange {
    const { told } = this;
    this.told = view;
    return {
      ...view,
      snapshots: spliceBetween(told.snapshots, view.snapshots, sameSnapshot),
      inputs: told.inputs === view.inputs ? undefined : spliceBetween(told.inputs, view.inputs, sameMark),
    };
  }
}

/** The other end: whole views again. */
export class ViewReader {
  private marks = none;

  view(change: ViewChange): View {
    const { snapshots, inputs } = this.marks;
    this.marks = { snapshots: spliced(snapshots, change.snapshots), inputs: spliced(inputs, change.inputs) };
    return { ...change, ...this.marks };
  }
}

function sameMark(a: Mark, b: Mark): boolean {
  return a.position === b.position && a.label === b.label;
}

function sameSnapshot(a: SnapshotMark, b: SnapshotMark): boolean {
  return sameMark(a, b) && a.named === b.named && a.virtualNs === b.virtualNs;
}
