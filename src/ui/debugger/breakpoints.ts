import { type TemplateResult, html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { BreakpointView } from "../../api/index.ts";
import type { Controller } from "../controller.ts";
import { formatAddress } from "../format.ts";
import { icon } from "../icons.ts";
import { expressionInput } from "./goto.ts";

const kinds: Record<BreakpointView["kind"], string> = {
  break: "break at",
  write: "watch writes to",
  read: "watch reads of",
  access: "watch accesses to",
};

export function breakpoints(controller: Controller): TemplateResult {
  const { view } = controller.model;
  return html`
    <form class="row toolbar" @submit=${(event: SubmitEvent) => void add(event, controller)}>
      <select name="kind" aria-label="Kind">
        ${Object.entries(kinds).map(([kind, words]) => html`<option value=${kind}>${words}</option>`)}
      </select>
      ${expressionInput(controller, "expression", "symbol or address")}
      <select name="length" class="length" aria-label="Length watched" title="Length watched">
        ${[8, 4, 2, 1].map((length) => html`<option value=${length}>${length} B</option>`)}
      </select>
      <button ?disabled=${view.mode === "none"}>Add</button>
    </form>
    ${
      view.breakpoints.length === 0
        ? html`<p class="empty dim">
            None. Add one here or click beside an instruction; ◀◀ then runs back to its last hit.
          </p>`
        : html`<ul class="breakpoints">
            ${repeat(
              view.breakpoints,
              (b) => b.id,
              (b) => row(controller, b),
            )}
          </ul>`
    }
  `;
}

function row(controller: Controller, b: BreakpointView): TemplateResult {
  const toggle = (event: Event): void =>
    void controller.attempt(controller.api.enableBreakpoint(b.id, (event.target as HTMLInputElement).checked));
  return html`<li>
    <input type="checkbox" aria-label="Enable ${b.label}" .checked=${b.enabled} @change=${toggle} />
    <button
      class="quiet grow ellipsis"
      title="Show"
      @click=${() => (b.kind === "break" ? controller.debugger.showCode(b.address) : controller.debugger.showMemory(b.address))}
    >
      ${b.kind === "break" ? nothing : html`<span class="kind">${b.kind}</span> `}<span>${b.label}</span>
      <span class="dim address">${formatAddress(b.address)}</span>
    </button>
    <button
      class="quiet"
      title="Delete"
      aria-label="Delete ${b.label}"
      @click=${() => void controller.attempt(controller.api.removeBreakpoint(b.id))}
    >
      ${icon("close")}
    </button>
  </li>`;
}

async function add(event: SubmitEvent, controller: Controller): Promise<void> {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const data = new FormData(form);
  const kind = String(data.get("kind")) as BreakpointView["kind"];
  const length = kind === "break" ? 4 : Number(data.get("length"));
  const done = await controller.attempt(
    controller.api.addBreakpoint(kind, String(data.get("expression")), length).then(() => true),
  );
  if (done) (form.elements.namedItem("expression") as HTMLInputElement).value = "";
}
