import type { Inspection } from "../../api/index.ts";
import type { Controller } from "../controller.ts";

/** The one button of the gutter that Tab reaches: at the pc, or where the arrow keys went. */
export function tabStop({ model }: Controller, { code, pc }: Inspection): number {
  const here = code.findIndex((line) => line.address === pc);
  return Math.min(model.gutterLine ?? Math.max(0, here), code.length - 1);
}

export function setTabStop({ model, changed }: Controller, line: number | undefined): void {
  if (model.gutterLine === line) return;
  model.gutterLine = line;
  changed();
}

export function gutters(event: Event): Element[] {
  return [...(event.currentTarget as Element).querySelectorAll(".gutter")];
}

/** Arrow keys go from line to line, and on into the code beyond the first and the last. */
export function onGutterKey(event: KeyboardEvent, scroll: (lines: number) => void): void {
  const buttons = gutters(event);
  const at = buttons.indexOf(event.target as Element);
  const steps: Record<string, number> = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: 1 - buttons.length,
    PageDown: buttons.length - 1,
  };
  const step = steps[event.key];
  if (step === undefined || at < 0) return;
  event.preventDefault();
  const next = buttons[at + step];
  if (next === undefined) scroll(step);
  else (next as HTMLElement).focus();
}
