import type { Mark } from "../api/index.ts";
import type { LoggedInput } from "../timetravel/index.ts";

const decoder = new TextDecoder();

/** Typed keys joined to the lines they make, each at the position of its first key. */
export function inputMarks(inputs: readonly LoggedInput[]): readonly Mark[] {
  const marks: { position: number; label: string }[] = [];
  let open = false;
  for (const { position, input } of inputs) {
    if (input.kind !== "serial") {
      marks.push({ position, label: input.kind === "serial-break" ? "BREAK" : input.kind });
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
