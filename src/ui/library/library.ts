import { type TemplateResult, html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { RecordingInfo } from "../../api/index.ts";
import type { Controller } from "../controller.ts";
import { formatBytes, formatCount, formatWhen } from "../format.ts";
import { icon } from "../icons.ts";

export function libraryPanel(controller: Controller): TemplateResult {
  const { model } = controller;
  const refresh = (event: ToggleEvent): void => {
    if (event.newState === "open") void controller.library.refreshRecordings();
  };
  return html`
    <div class="panel-popover library" id="library" popover role="dialog" aria-label="Recordings" @toggle=${refresh}>
      <h2>Recordings</h2>
      ${
        listed(controller).length === 0
          ? html`<p class="dim">None yet. Every machine booted here is recorded, and kept in this browser.</p>`
          : recordingList(controller)
      }
      <div class="row wrap">
        <button
          ?disabled=${model.demo?.boot === false}
          @click=${() => close(() => controller.library.boot({ kind: "demo" }))}
        >
          Boot the demo
        </button>
        ${model.demo?.others.map(
          (guest) =>
            html`<button @click=${() => close(() => controller.library.boot({ kind: "demo", guest }))}>
              Boot ${guest}
            </button>`,
        )}
        ${
          model.demo?.recording
            ? html`<button @click=${() => close(() => controller.library.openDemoRecording())}>
                Open the recorded crash
              </button>`
            : nothing
        }
        ${fileButton(controller, "Open file…")}
      </div>
    </div>
  `;
}

/** What is about to be deleted is gone for its user. */
export function listed({ model, library }: Controller): readonly RecordingInfo[] {
  return model.recordings.filter(({ id }) => !library.deletions.has(id));
}

export function recordingList(controller: Controller): TemplateResult {
  return html`<ul class="recordings">
    ${repeat(
      listed(controller),
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
    if (!(await controller.library.renameRecording(id, input.value))) input.value = name;
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
    <button ?disabled=${current} @click=${() => close(() => controller.library.openRecording(id))}>
      ${current ? "Open" : "Replay"}
    </button>
    <button
      class="quiet"
      title="Download"
      aria-label="Download ${name}"
      @click=${() => void controller.library.download(controller.api.exportRecording(id))}
    >
      ${icon("download")}
    </button>
    <button
      class="quiet delete"
      title=${recording.locked ? "Another tab has it open" : "It can be taken back for some seconds"}
      aria-label="Delete ${name}"
      ?disabled=${recording.locked}
      @click=${() => controller.library.deletions.begin(id, name, controller.model.view.recording?.id === id)}
    >
      Delete
    </button>
  </li>`;
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
