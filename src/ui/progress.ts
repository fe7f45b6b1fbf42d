import { type TemplateResult, html, nothing } from "lit-html";
import type { ProgressView } from "../api/index.ts";
import { formatBytes, formatCount } from "./format.ts";

/** What is being done, how far it is, and how to stop it. */
export function progressBar(progress: ProgressView, cancel: () => void): TemplateResult {
  const { task, done, total, unit } = progress;
  const amount = unit === "bytes" ? formatBytes : formatCount;
  const share = total === 0 ? undefined : Math.min(1, done / total);
  return html`<div class="progress">
    <span class="ellipsis">${task}</span>
    <progress aria-label=${task} max="1" value=${share ?? nothing}></progress>
    <span class="number dim" aria-live="off">${total === 0 ? nothing : html`${amount(done)} of ${amount(total)}`}</span>
    ${progress.cancellable ? html`<button class="quiet" @click=${cancel}>Cancel</button>` : nothing}
  </div>`;
}
