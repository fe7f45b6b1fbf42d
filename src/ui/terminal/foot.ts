import { type TemplateResult, html, nothing } from "lit-html";
import type { Controller } from "../controller.ts";

/** Below the console: what can be done with a line of it, and with the wire that it hangs on. */
export function consoleFoot(controller: Controller, focusConsole: () => void): TemplateResult | typeof nothing {
  const { view } = controller.model;
  if (view.mode === "none") return nothing;
  const sendBreak = (): void => {
    void controller.sendBreak();
    // The letter that says what SysRq shall do comes next.
    focusConsole();
  };
  return html`<div class="console-foot">
    <span class="hint dim ellipsis grow"
      ><kbd>Alt ↑</kbd> <kbd>Alt ↓</kbd> choose a line, <kbd>Enter</kbd> goes to its instant</span
    >
    ${
      view.mode === "play" || view.readOnly
        ? nothing
        : html`<button class="quiet" title="Send BREAK to the guest's serial port (SysRq)" @click=${sendBreak}>
            BREAK
          </button>`
    }
  </div>`;
}
