import { type TemplateResult, html, noChange, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { Controller } from "./controller.ts";
import { formatPosition } from "./format.ts";

/** Shows the position, and goes where one types. */
export function positionField(controller: Controller): TemplateResult {
  const { model } = controller;
  const none = model.view.mode === "none";
  return html`<label class="field"
    ><span class="field-name">position</span
    ><input
      class="position number"
      aria-label="Position; type where to go"
      aria-invalid=${model.unread === undefined ? nothing : "true"}
      aria-describedby=${model.unread === undefined ? nothing : "unread"}
      title="Type a position, a time (0.5s), a log line's time (1.2892) or a symbol"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      enterkeyhint="go"
      ?disabled=${none}
      .value=${model.typing ? noChange : live(none ? "" : formatPosition(model.shown))}
      @keydown=${(event: KeyboardEvent) => onKey(event, controller)}
      @input=${() => unsay(controller)}
      @blur=${(event: Event) => leave(event.target as HTMLInputElement, controller)}
      @focus=${(event: Event) => type(event, controller)}
  /></label>`;
}

function onKey(event: KeyboardEvent, controller: Controller): void {
  const input = event.target as HTMLInputElement;
  if (event.key === "Escape") {
    unsay(controller);
    leave(input, controller);
  }
  // What cannot be read stays, to be mended.
  else if (event.key === "Enter") controller.motions.go(input.value, () => leave(input, controller));
}

/** From the focus on, not from the first key on: a new value would undo the selection that the first key replaces. */
function type(event: Event, controller: Controller): void {
  const { model } = controller;
  model.typing = true;
  model.unread = undefined;
  (event.target as HTMLInputElement).select();
  controller.changed();
}

/** What was said is of another text. */
function unsay(controller: Controller): void {
  controller.model.unread = undefined;
  controller.changed();
}

/** Done typing: the field shows the position again. */
function leave(input: HTMLInputElement, controller: Controller): void {
  const { model } = controller;
  if (!model.typing) return;
  model.typing = false;
  input.value = formatPosition(model.shown);
  input.blur();
}
