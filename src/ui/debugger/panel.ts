import { type TemplateResult, html, nothing } from "lit-html";
import type { Controller } from "../controller.ts";
import { formatPosition } from "../format.ts";
import type { LowerTab, Model, Tab } from "../model.ts";
import { breakpoints } from "./breakpoints.ts";
import { code } from "./code.ts";
import { memory } from "./memory.ts";
import { monitor } from "./monitor.ts";
import { registers } from "./registers.ts";
import { stack } from "./stack.ts";

const upper: readonly Tab[] = ["code", "registers", "memory", "stack"];
const lower: readonly LowerTab[] = ["breakpoints", "monitor"];

/** Code, registers, memory and stack of one instant; below, breakpoints and the monitor. */
export function debuggerPanel(controller: Controller): TemplateResult {
  const { model } = controller;
  const panels = { code, registers, memory, stack };
  return html`
    <section class="machine" aria-labelledby="machine-title">
      <h2 class="visually-hidden" id="machine-title">Machine</h2>
      <div class="card upper">
        ${tabs("State of the machine", upper, model.tab, (tab) => controller.debugger.setTab(tab), instantNote(controller))}
        <div
          class="tab-body"
          id="panel-${model.tab}"
          role="tabpanel"
          aria-labelledby="tab-${model.tab}"
          tabindex=${model.tab === "registers" && model.inspection !== undefined ? 0 : nothing}
          data-settled=${model.inspection === undefined || isSettled(model) ? "yes" : "no"}
        >
          ${model.inspection === undefined ? html`<p class="empty dim">${model.view.mode === "none" ? "No machine yet." : "…"}</p>` : panels[model.tab](controller, model.inspection)}
        </div>
      </div>
      <div class="card lower">
        ${tabs("Breakpoints and monitor", lower, model.lowerTab, (tab) => controller.debugger.setLowerTab(tab), "")}
        <div class="tab-body" id="panel-${model.lowerTab}" role="tabpanel" aria-labelledby="tab-${model.lowerTab}">
          ${model.lowerTab === "monitor" ? monitor(controller) : breakpoints(controller)}
        </div>
      </div>
    </section>
  `;
}

/** While the guest runs, details are of the instant shown for a frame at a time: that would only flicker. */
function isSettled(model: Model): boolean {
  return model.settled && model.view.motion !== "run";
}

/** Says so when the details do not belong to the instant shown. */
function instantNote({ model }: Controller): string {
  const { view, inspection } = model;
  if (inspection === undefined || isSettled(model)) return "";
  if (view.motion === "run" && model.cursor === undefined) return "running";
  if (view.bridge.kind === "attached" && view.bridge.stopped) return `gdb's: ${formatPosition(view.position)}`;
  return model.cursor !== undefined || view.motion !== "none" ? "seeking…" : "reading…";
}

function tabs<T extends string>(
  label: string,
  names: readonly T[],
  current: T,
  choose: (name: T) => void,
  note: string,
): TemplateResult {
  const onKey = (event: KeyboardEvent): void => {
    // The tab with the focus: with quick keys the one that was drawn last is another.
    const at = names.findIndex((name) => `tab-${name}` === (event.target as Element).id);
    const targets: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = names.at(target % names.length)!;
    choose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`<div class="tabs">
    <div class="tab-list" role="tablist" aria-label=${label} @keydown=${onKey}>
      ${names.map(
        (name) =>
          html`<button
            role="tab"
            id="tab-${name}"
            aria-selected=${name === current}
            aria-controls="panel-${name}"
            tabindex=${name === current ? 0 : -1}
            @click=${() => choose(name)}
          >
            ${name}
          </button>`,
      )}
    </div>
    <span class="spacer"></span><span class="note" role="status">${note}</span>
  </div>`;
}
