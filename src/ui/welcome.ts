import { type TemplateResult, html, nothing } from "lit-html";
import type { Controller } from "./controller.ts";
import { logo } from "./icons.ts";
import { fileButton, listed, recordingList } from "./library/library.ts";
import { progressBar } from "./progress.ts";

/**
 * What a first visitor sees, where the console will be: one obvious thing to do. What comes to be known later moves
 * nothing: a button that moves between press and release is not clicked.
 */
export function welcome(controller: Controller, missing: readonly string[]): TemplateResult {
  const { model } = controller;
  if (missing.length > 0)
    return html`<section class="welcome" role="alert">
      <h2>This browser cannot run Hindsight</h2>
      <p>It lacks ${missing.join(", ")}. A current Chrome, Firefox or Safari has all of it.</p>
    </section>`;
  const { progress } = model.view;
  return html`<section class="welcome" aria-label="Start">
    <div class="welcome-mark">${logo()}</div>
    <h2>A Linux machine that runs backwards</h2>
    <p class="lead">
      Boots an unmodified kernel in this tab, records every instruction, and lets you drag time back to any one of them.
    </p>
    ${
      progress !== undefined
        ? progressBar(progress, () => controller.cancel())
        : html`<div class="row wrap centre">
            <button
              class="primary"
              autofocus
              ?disabled=${model.demo?.boot === false}
              @click=${() => controller.library.boot({ kind: "demo" })}
            >
              Boot the demo
            </button>
            <button ?disabled=${!model.demo?.recording} @click=${() => controller.library.openDemoRecording()}>
              Replay a recorded crash
            </button>
            ${fileButton(controller, "Open file…")}
            <div class="others row wrap centre">
              ${model.demo?.others.map(
                (guest) =>
                  html`<button @click=${() => controller.library.boot({ kind: "demo", guest })}>Boot ${guest}</button>`,
              )}
            </div>
          </div>`
    }
    <p class="dim small guest">
      ${model.demo?.boot === false ? "No guest comes with this site" : (model.demo?.title ?? nothing)}
    </p>
    <p class="dim small">
      Or drop a recording here, or your own ${model.demo?.kernels ?? nothing} kernel and initrd, or firmware. Nothing
      leaves this computer.
    </p>
    ${
      listed(controller).length > 0
        ? html`<h3>Your recordings</h3>
            ${recordingList(controller)}`
        : nothing
    }
  </section>`;
}
