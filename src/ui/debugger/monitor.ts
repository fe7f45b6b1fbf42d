import { type TemplateResult, html } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { Controller } from "../controller.ts";

/** QEMU's human monitor. */
export function monitor(controller: Controller): TemplateResult {
  const { monitorLog, view } = controller.model;
  let recall = monitorLog.length;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const command = String(new FormData(form).get("command")).trim();
    form.reset();
    if (command !== "") void controller.debugger.monitor(command);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    recall = Math.max(0, Math.min(monitorLog.length, recall + (event.key === "ArrowUp" ? -1 : 1)));
    (event.target as HTMLInputElement).value = monitorLog[recall]?.command ?? "";
  };
  const stickToEnd = (element: Element | undefined): void => {
    if (element !== undefined) element.scrollTop = element.scrollHeight;
  };
  return html`
    <div class="monitor-log mono" role="log" aria-label="Monitor output" tabindex="0" ${ref(stickToEnd)}>
      ${
        monitorLog.length === 0
          ? html`<p class="dim">
              QEMU's monitor: try <code>info replay</code>, <code>info snapshots</code>, <code>savevm NAME</code>,
              <code>help</code>.
            </p>`
          : monitorLog.map(
              ({ command, output }) =>
                html`<div class="command">${command}</div>
                  <pre>${output}</pre>`,
            )
      }
    </div>
    <form class="row monitor-input" @submit=${submit}>
      <span class="accent mono" aria-hidden="true">(monitor)</span>
      <input
        class="grow mono"
        name="command"
        aria-label="Monitor command"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        ?disabled=${view.mode === "none"}
        @keydown=${onKey}
      />
    </form>
  `;
}
