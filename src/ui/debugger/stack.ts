import { type TemplateResult, html, nothing } from "lit-html";
import type { Inspection } from "../../api/index.ts";
import type { Controller } from "../controller.ts";
import { formatAddress } from "../format.ts";

/** Return addresses along the frame pointers, or what may be some, innermost first; a click shows the code there. */
export function stack(controller: Controller, inspection: Inspection): TemplateResult {
  const frames = inspection.stack;
  if (frames.length === 0) return html`<p class="empty dim">No frames here.</p>`;
  return html`<ol class="frames">
    ${frames.map(
      (frame, i) =>
        html`<li>
          <button class="quiet" @click=${() => controller.debugger.showCode(frame.address)}>
            <span class="dim" title=${frame.guessed ? "a word of the stack that lies behind a call" : nothing}
              >${frame.guessed ? "?" : "#"}${i}</span
            ><span class="address">${formatAddress(frame.address)}</span
            ><span class="ellipsis">${frame.symbol ?? ""}</span>
          </button>
        </li>`,
    )}
  </ol>`;
}
