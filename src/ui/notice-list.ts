import { type TemplateResult, html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { icon } from "./icons.ts";
import type { Controller } from "./controller.ts";

/** Below the console's text, which gives way to it: nothing that the guest printed is covered. */
export function noticeList({ model, notices }: Controller): TemplateResult {
  return html`<div class="notices" role="region" aria-label="Notices" aria-live="polite">
    ${repeat(
      model.notices,
      (notice) => notice.id,
      (notice) =>
        html`<div class="notice" data-level=${notice.level} role=${notice.level === "error" ? "alert" : "status"}>
          <span class="grow">${notice.text}</span>
          ${notice.undo === undefined ? nothing : html`<button @click=${notice.undo}>Undo</button>`}
          <button class="quiet" aria-label="Dismiss" @click=${() => notices.dismiss(notice.id)}>
            ${icon("close")}
          </button>
        </div>`,
    )}
  </div>`;
}
