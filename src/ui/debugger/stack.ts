import { type TemplateResult, html } from "lit-html";
import type { Inspection } from "../../api/index.ts";
import type { Controller } from "../controller.ts";
import { formatAddress } from "../format.ts";

/** Return addresses along the frame pointers, innermost first; a click shows the code there. */
export function stack(controller: Controller, inspection: Inspection): TemplateResult {
  const frames = inspection.stack;
  if (frames.length === 0) return html`<p class="empty dim">No frames here.</p>`;
  return html`<ol class="frames">
    ${frames.map(
      (frame, i) =>
        html`<li>
          <button class="quiet" @click=${() => controller.debugger.showCode(frame.address)}>
            <span class="dim">#${i}</span><span class="address">${formatAddress(frame.address)}</span
            ><span class="ellipsis">${frame.symbol ?? ""}</span>
          </button>
        </li>`,
    )}
  </ol>`;
}
