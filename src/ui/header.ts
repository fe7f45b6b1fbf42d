import { type TemplateResult, html, nothing } from "lit-html";
import type { BridgeState } from "../api/index.ts";
import type { Controller } from "./controller.ts";
import { formatSpeed } from "./format.ts";
import { icon, logo } from "./icons.ts";
import { libraryPanel } from "./library/library.ts";

export function header(controller: Controller): TemplateResult {
  const { view } = controller.model;
  return html`
    <header class="header">
      <h1 class="title">${logo()}<span>Hindsight</span></h1>
      <button class="quiet recording-button" popovertarget="library" title="Recordings">
        <span class="ellipsis">${view.recording?.name ?? "Recordings"}</span>${icon("chevron")}
      </button>
      ${libraryPanel(controller)}
      <span class="spacer"></span>
      <span class="way-out dim small" id="way-out"><kbd>Shift Esc</kbd> leaves the console</span>
      <span class="speed number">${speedText(controller)}</span>
      <button class="quiet bridge-button" data-state=${view.bridge.kind} popovertarget="bridge" title="Connect gdb">
        <span class="dot" aria-hidden="true"></span><span>gdb</span
        ><span class="dim wide">${bridgeText(view.bridge)}</span>
      </button>
      ${bridgePanel(controller)}
      <button
        class="quiet help-button"
        popovertarget="help"
        title="Keyboard (?)"
        aria-label="Keyboard shortcuts"
        aria-keyshortcuts="?"
      >
        ?
      </button>
      ${helpPanel}
    </header>
  `;
}

function speedText({ model: { view } }: Controller): TemplateResult | typeof nothing {
  if (view.mode === "none") return nothing;
  const moving = view.motion !== "none";
  const state = !moving ? "paused" : view.mode === "record" && view.position === view.end ? "recording" : view.motion;
  const words = {
    paused: "paused",
    recording: "recording",
    run: "replaying",
    seek: "seeking",
    back: "going back",
    none: "",
  };
  return html`<span class="dot" data-state=${state} aria-hidden="true"></span><span role="status">${words[state]}</span>
    <span class="wide">${view.motion === "run" && view.speed > 0 ? html` · ${formatSpeed(view.speed)}` : nothing}</span
    ><span class="wide dim" title="Share of the instructions that ran as translated code"
      >${view.translated === undefined ? nothing : html` · ${Math.round(view.translated * 100)}% translated`}</span
    >`;
}

function bridgeText(bridge: BridgeState): string {
  switch (bridge.kind) {
    case "off":
      return "no bridge";
    case "connecting":
      return "connecting…";
    case "listening":
      return `:${bridge.port}`;
    case "attached":
      return bridge.stopped ? "attached, stopped" : "attached";
  }
}

function bridgePanel(controller: Controller): TemplateResult {
  const { view } = controller.model;
  const { bridge } = view;
  const port = "port" in bridge ? bridge.port : 1234;
  const line = `gdb-multiarch -ex 'target remote :${port}'`;
  return html`
    <div class="panel-popover" id="bridge" popover role="dialog" aria-labelledby="bridge-title">
      <h2 id="bridge-title">Debug with gdb, backwards too</h2>
      ${
        bridge.kind === "off"
          ? html`<p>${bridge.reason || "No bridge runs beside this page."}</p>
              <form class="row" @submit=${(event: SubmitEvent) => connect(event, controller)}>
                <input
                  name="url"
                  class="grow mono"
                  aria-label="Address of the bridge"
                  placeholder="ws://127.0.0.1:…?token=…"
                  spellcheck="false"
                />
                <button>Connect</button>
              </form>
              <p class="dim">
                For this page, <code>bin/hindsight-bridge --origin ${location.origin}</code> in a copy of Hindsight on
                this computer prints the address to paste.
              </p>
              ${localNetworkNote}`
          : bridge.kind === "attached"
            ? html`<p>gdb is attached${bridge.stopped ? " and holds the machine" : ""}.</p>
                <button @click=${() => void controller.attempt(controller.api.detachDebugger())}>Detach gdb</button>`
            : html`<p>Type this in a terminal on this computer:</p>`
      }
      ${bridge.kind === "connecting" ? localNetworkNote : nothing}
      ${
        bridge.kind === "listening" || bridge.kind === "connecting"
          ? html`<div class="row copy-line">
                <code class="grow">${line}</code>
                <button
                  class="quiet"
                  title="Copy"
                  aria-label="Copy the gdb command"
                  @click=${() => void copy(controller, line)}
                >
                  ${icon("copy")}
                </button>
              </div>
              <p class="dim">
                Then <code>reverse-stepi</code>, <code>reverse-continue</code> and <code>monitor info replay</code> do
                what you hope.
              </p>`
          : nothing
      }
      <button
        ?disabled=${view.mode === "none"}
        @click=${() => void controller.library.download(controller.api.symbolFile())}
      >
        ${icon("download")} Kernel symbols for gdb
      </button>
    </div>
  `;
}

const localNetworkNote = html`
  <p class="dim">
    The browser may ask whether this site may reach apps on this device, or devices on the local network. That is the
    bridge, and all that the page connects to. A refusal is taken back in the site's settings, beside the address.
  </p>
`;

function connect(event: SubmitEvent, controller: Controller): void {
  event.preventDefault();
  const url = String(new FormData(event.target as HTMLFormElement).get("url") ?? "").trim();
  void controller.attempt(controller.api.connectBridge(url === "" ? undefined : url));
}

async function copy(controller: Controller, text: string): Promise<void> {
  const done = await controller.attempt(navigator.clipboard.writeText(text).then(() => true));
  if (done) controller.notify({ level: "info", text: "Copied" });
}

const keys: readonly (readonly [string, string])[] = [
  ["← →", "one instruction back, forward"],
  ["Shift ← →", "a small stride"],
  ["Page Down, Page Up", "a tenth of the window back, forward"],
  ["Home, End", "start of history, live end"],
  ["Alt ← →", "undo a jump, make it again (Back, Forward)"],
  ["Space", "run, pause"],
  ["Wheel, + −, 0", "zoom, show all"],
  ["Shift wheel", "move the window"],
];

const elsewhere: readonly (readonly [string, string])[] = [
  ["Shift Esc", "from the console to the timeline, and back"],
  ["?", "this list"],
  ["↑ ↓, Enter", "beside the code: choose an instruction, set a breakpoint"],
];

const consoleKeys: readonly (readonly [string, string])[] = [
  ["Alt ↑, Alt ↓", "choose a line"],
  ["Enter", "go to the instant that printed it"],
  ["Escape, or type on", "leave it"],
];

function keyList(rows: readonly (readonly [string, string])[]): TemplateResult {
  return html`<dl class="keys">
    ${rows.map(
      ([key, meaning]) =>
        html`<dt>${key}</dt>
          <dd>${meaning}</dd>`,
    )}
  </dl>`;
}

const helpPanel = html`
  <div class="panel-popover" id="help" popover role="dialog" aria-label="Keyboard shortcuts" tabindex="-1" autofocus>
    <h2>On the timeline</h2>
    ${keyList(keys)}
    <h2>In the console</h2>
    <p class="dim">All other keys typed there go to the guest.</p>
    ${keyList(consoleKeys)}
    <h2>Elsewhere</h2>
    ${keyList(elsewhere)}
    <p class="dim">Every instant has an address: <code>#at=POSITION</code> opens there.</p>
  </div>
`;
