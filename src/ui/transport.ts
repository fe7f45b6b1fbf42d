import { type TemplateResult, html, nothing } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { Controller } from "./controller.ts";
import { formatPosition, formatSpan, formatTime } from "./format.ts";
import { type Icon, icon } from "./icons.ts";
import type { Model } from "./model.ts";
import { positionField } from "./position-field.ts";
import { progressBar } from "./progress.ts";
import { type Timeline, estimateNs } from "./timeline/timeline.ts";

export function transport(controller: Controller, timeline: Timeline): TemplateResult {
  const { model } = controller;
  const { view } = model;
  const none = view.mode === "none";
  const running = view.motion !== "none";
  // Steps add up: one that is on its way takes no button away from under the next click.
  const runs = view.motion === "run";
  const atStart = none || model.shown === 0;
  const atEnd = view.mode === "play" && model.shown === view.end;
  const button = (name: Icon, title: string, act: () => void, disabled: boolean, primary = false): TemplateResult =>
    html`<button
      class=${primary ? "transport-button run-button" : "transport-button"}
      title=${title}
      aria-label=${title}
      ?disabled=${disabled}
      @click=${act}
    >
      ${icon(name)}
    </button>`;
  return html`
    <div class="transport">
      <div class="buttons" role="group" aria-label="Travel in time">
        ${button("start", "Start of history (Home)", () => controller.motions.seek(0), atStart)}
        ${button("runBack", "Run back to the last breakpoint hit", () => controller.motions.runBack(), atStart || runs)}
        ${button("stepBack", "One instruction back (←)", () => controller.motions.stepBack(), atStart || runs)}
        ${
          running
            ? button("pause", "Pause (Space)", () => controller.motions.toggleRun(), false, true)
            : button(
                "play",
                view.mode === "record" && !model.inPast ? "Run and record (Space)" : "Run (Space)",
                () => controller.motions.toggleRun(),
                none || atEnd,
                true,
              )
        }
        ${button("step", "One instruction forward (→)", () => controller.motions.step(), none || runs || atEnd)}
        ${button("end", view.mode === "record" ? "Return to live (End)" : "End of the recording (End)", () => controller.motions.returnToLive(), none || (!model.inPast && atEnd))}
      </div>
      <div class="instant">
        ${positionField(controller)}
        <span class="field"
          ><span class="field-name">time</span
          ><span class="number time">${none ? "–" : formatTime(estimateNs(view, model.shown))}</span></span
        >
        <span class="field level"
          ><span class="field-name">level</span
          ><span class="number">${none ? "–" : model.cursor === undefined ? view.privilege : "…"}</span></span
        >
      </div>
      <div class="status" aria-live="polite">${status(controller)}</div>
      <div class="tools" role="group" aria-label="Timeline">
        ${button("bookmark", "Keep a named snapshot of this instant", () => controller.debugger.bookmark(), none)}
        ${button("zoomOut", "Zoom out (−)", () => timeline.zoom(2), none)}
        ${button("zoomIn", "Zoom in (+)", () => timeline.zoom(0.5), none)}
        ${button("all", "Show all of history (0)", () => timeline.zoomAll(), none)}
      </div>
    </div>
  `;
}

/** One place says what is going on: a progress, or why the machine stands where it does and what can be done about it. */
function status(controller: Controller): TemplateResult | typeof nothing {
  const { model, jumps } = controller;
  const { view } = model;
  if (view.mode === "none") return nothing;
  const told = model.unread ?? (view.stop?.text || model.refused || view.readOnly);
  // Indexing is nobody's motion: what was asked for comes first.
  if (view.progress !== undefined && (view.motion !== "none" || !told))
    return progressBar(view.progress, () => controller.cancel());
  if (model.unread !== undefined)
    return html`<span class="said refused" id="unread" role="alert"><span>${model.unread}</span></span>`;
  const onward = model.inPast ? liveButton(controller) : model.waiting ? runButton(controller) : nothing;
  if (model.refused) {
    const why =
      view.mode === "record" ? "the past cannot be typed into." : "this is a recording, its keys were typed then.";
    return html`<span class="said refused"><span>Not sent: ${why}</span></span
      >${onward}`;
  }
  const stop = model.cursor === undefined ? view.stop : undefined;
  const why = html`<span class="stop" title=${stop?.text ?? nothing}>${stop?.text}</span>`;
  if (stop?.reason === "history-start" && typeof jumps.back === "number")
    return html`<span class="said">${why}</span
      ><button class="back" @click=${() => jumps.goBack()}>Back to ${formatPosition(jumps.back)}</button>`;
  const update = view.readOnly ? updateButton(controller) : nothing;
  return html`<span class="said">${stop?.text ? why : nothing}${instant(model)}</span>${onward}${update}`;
}

/** Which instant this is, when it is not the latest one of a machine that is this tab's. */
function instant(model: Model): TemplateResult | typeof nothing {
  const { view } = model;
  if (model.inPast) {
    const ago = formatSpan(Math.max(0, estimateNs(view, view.end) - estimateNs(view, model.shown)));
    return html`<span class="past">In the past: ${ago} ago</span>`;
  }
  if (model.waiting) return html`<span class="refused">Paused: what you type waits</span>`;
  return view.readOnly ? html`<span class="dim">Read-only: another tab may record more</span>` : nothing;
}

function updateButton(controller: Controller): TemplateResult {
  return html`<button title="Show what the other tab has recorded since" @click=${() => controller.library.reopen()}>
    Update
  </button>`;
}

/** Asked before the machine moves under gdb's feet. */
export function question(controller: Controller): TemplateResult | typeof nothing {
  const { question } = controller.model;
  if (question === undefined) return nothing;
  return html`<div
    class="question"
    role="alertdialog"
    aria-label="gdb is attached"
    aria-describedby="question-text"
    tabindex="-1"
    ${ref(takeFocus)}
  >
    <span class="grow" id="question-text">${question.text}</span>
    <button class="primary" @click=${() => controller.asking.detachAndGo()}>Detach gdb and go</button>
    ${question.look === undefined ? nothing : html`<button @click=${() => controller.asking.lookOnly()}>Only look at the console</button>`}
    <button class="quiet" @click=${() => controller.asking.forgetQuestion()}>Cancel</button>
  </div>`;
}

let focusedBefore: Element | null = null;

/** The dialog itself, not a button of it: Space, held down, would answer. */
function takeFocus(dialog: Element | undefined): void {
  if (dialog === undefined) {
    // Unless the user went elsewhere meanwhile.
    if (document.activeElement?.closest(".question")) (focusedBefore as HTMLElement | null)?.focus();
    return;
  }
  focusedBefore = document.activeElement;
  // Not yet in the document.
  queueMicrotask(() => (dialog as HTMLElement).focus());
}

function runButton(controller: Controller): TemplateResult {
  return html`<button class="primary live" @click=${() => controller.motions.toggleRun()}>Run</button>`;
}

function liveButton(controller: Controller): TemplateResult {
  return html`<button class="primary live" @click=${() => controller.motions.returnToLive()}>Return to live</button>`;
}
