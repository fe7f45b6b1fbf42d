import { type TemplateResult, html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { RecordingInfo } from "../../api/index.ts";
import type { Controller } from "../controller.ts";
import { formatBytes, formatCount, formatWhen } from "../format.ts";
import { icon } from "../icons.ts";

export function libraryPanel(controller: Controller): TemplateResult {
  const { model } = controller;
  const refresh = (event: ToggleEvent): void => {
    if (event.newState === "open") void controller.refreshRecordings();
  };
  return html`
    <div class="panel-popover library" id="library" popover role="dialog" aria-label="Recordings" @toggle=${refresh}>
      <h2>Recordings</h2>
      ${
        model.recordings.length === 0
          ? html`<p class="dim">None yet. Every machine booted here is recorded, and kept in this browser.</p>`
          : recordingList(controller)
      }
      <div class="row wrap">
        <button ?disabled=${model.demo?.boot === false} @click=${() => close(() => controller.boot({ kind: "demo" }))}>
          Boot the demo
        </button>
        ${
          model.demo?.recording
            ? html`<button @click=${() => close(() => controller.openDemoRecording())}>Open the recorded crash</button>`
            : nothing
        }
        ${fileButton(controller, "Open file…")}
      </div>
    </div>
  `;
}

export function recordingList(controller: Controller): TemplateResult {
  return html`<ul class="recordings">
    ${repeat(
      controller.model.recordings,
      (recording) => recording.id,
      (recording) => row(controller, recording),
    )}
  </ul>`;
}

function row(controller: Controller, recording: RecordingInfo): TemplateResult {
  const { id, name } = recording;
  const current = controller.model.view.recording?.id === id;
  const length = recording.length === undefined ? "" : `${formatCount(recording.length)} instructions · `;
  const rename = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    if (!(await controller.renameRecording(id, input.value))) input.value = name;
  };
  return html`<li aria-current=${current ? "true" : nothing}>
    <div class="grow">
      <input
        class="inline-edit"
        aria-label="Name of the recording"
        .value=${name}
        @change=${rename}
        spellcheck="false"
      />
      <div class="dim small">
        ${length}${formatBytes(recording.bytes)} ·
        ${formatWhen(recording.changed)}${recording.locked ? " · open in another tab" : ""}
      </div>
    </div>
    <button ?disabled=${current} @click=${() => close(() => controller.openRecording(id))}>
      ${current ? "Open" : "Replay"}
    </button>
    <button
      class="quiet"
      title="Download"
      aria-label="Download ${name}"
      @click=${() => void controller.download(controller.api.exportRecording(id))}
    >
      ${icon("download")}
    </button>
    <button
      class="quiet"
      title="Delete"
      aria-label="Delete ${name}"
      ?disabled=${recording.locked}
      @click=${(event: Event) => remove(event, controller, id)}
    >
      ${icon("trash")}
    </button>
  </li>`;
}

/** Deleting wants a second click on the same button. */
function remove(event: Event, controller: Controller, id: string): void {
  const button = event.currentTarget as HTMLButtonElement;
  if (button.dataset["armed"] === "yes") {
    void controller.deleteRecording(id);
    return;
  }
  button.dataset["armed"] = "yes";
  const label = button.getAttribute("aria-label")!;
  button.title = "Click again to delete for good";
  button.setAttribute("aria-label", `${label} for good`);
  const disarm = (): void => {
    delete button.dataset["armed"];
    button.title = "Delete";
    button.setAttribute("aria-label", label);
  };
  button.addEventListener("blur", disarm, { once: true });
}

export function fileButton(controller: Controller, label: string): TemplateResult {
  const chosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    close(() => void controller.openFiles([...(input.files ?? [])]));
    input.value = "";
  };
  return html`<label class="button"
    ><input type="file" multiple class="visually-hidden" @change=${chosen} />${label}</label
  >`;
}

function close(act: () => void): void {
  document.getElementById("library")?.hidePopover();
  act();
}
