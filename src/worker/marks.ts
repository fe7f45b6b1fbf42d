import type { Mark, SnapshotMark } from "../api/index.ts";
import type { LoggedInput, TravelSession } from "../timetravel/index.ts";

const decoder = new TextDecoder();

/** Typed keys joined to the lines they make, each at the position of its first key. */
export function inputMarks(inputs: readonly LoggedInput[]): readonly Mark[] {
  const marks: { position: number; label: string }[] = [];
  let open = false;
  for (const { position, input } of inputs) {
    if (input.kind !== "arrival") {
      marks.push({ position, label: input.kind === "break" ? "BREAK" : input.kind });
      open = false;
      continue;
    }
    const text = decoder.decode(input.bytes);
    if (open) marks.at(-1)!.label += text;
    else marks.push({ position, label: text });
    open = !/[\r\n]$/.test(text);
  }
  return marks;
}

/** The marks of a session's history. Inputs are the same list until there are others. */
export class Marks {
  private counted = 0;
  private marked: readonly Mark[] = [];

  constructor(private readonly session: Pick<TravelSession, "inputs" | "keyframes" | "snapshots">) {}

  inputs(): readonly Mark[] {
    const inputs = this.session.inputs();
    if (inputs.length !== this.counted) this.marked = inputMarks(inputs);
    this.counted = inputs.length;
    return this.marked;
  }

  snapshots(): readonly SnapshotMark[] {
    const automatic = this.session
      .keyframes()
      .map(({ position, virtualNs }) => ({ position, virtualNs, label: "", named: false }));
    const named = this.session
      .snapshots()
      .map(({ position, virtualNs, name }) => ({ position, virtualNs, label: name, named: true }));
    return [...automatic, ...named];
  }
}
