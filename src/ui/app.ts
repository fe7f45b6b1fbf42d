import { html, nothing, render } from "lit-html";
import type { MachineApi } from "../api/index.ts";
import { Controller } from "./controller.ts";
import { debuggerPanel } from "./debugger/panel.ts";
import { symbolList } from "./debugger/goto.ts";
import { header } from "./header.ts";
import { Model } from "./model.ts";
import { onShortcut } from "./shortcuts.ts";
import { noticeList } from "./notice-list.ts";
import { missingFeatures } from "./support.ts";
import { Console } from "./terminal/console.ts";
import { consoleFoot } from "./terminal/foot.ts";
import { OutputHistory } from "./terminal/history.ts";
import { Timeline } from "./timeline/timeline.ts";
import { question, transport } from "./transport.ts";
import { welcome } from "./welcome.ts";

/** The whole page: renders the latest view once per frame. */
export class App {
  readonly model = new Model();
  readonly history = new OutputHistory();
  readonly controller: Controller;
  readonly console: Console;
  readonly timeline: Timeline;
  private readonly missing = missingFeatures();
  private scheduled = false;

  constructor(
    api: MachineApi,
    private readonly root: HTMLElement,
  ) {
    const changed = (): void => this.schedule();
    this.controller = new Controller(api, this.model, this.history, changed);
    this.console = new Console(this.history, {
      type: (text) => void this.controller.type(text),
      travel: (position) => this.controller.motions.seek(position),
      typable: () => this.model.typable,
    });
    this.timeline = new Timeline(this.history, this.controller.motions, changed);
  }

  async start(): Promise<void> {
    this.controller.jumps.start(history);
    addEventListener("keydown", (event) => this.onAltArrow(event), { capture: true });
    addEventListener("keydown", (event) => onShortcut(event, this), true);
    addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") void this.controller.attempt(this.controller.api.hidden());
    });
    this.acceptFiles();
    this.renderNow();
    if (this.missing.length === 0) await this.controller.connect();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.renderNow();
    });
  }

  private renderNow(): void {
    const { model, controller } = this;
    const { view } = model;
    const none = view.mode === "none";
    const focused = document.activeElement?.closest(".dock, .console") && document.activeElement;
    render(
      html`
        <div class="page" data-past=${model.inPast ? "yes" : "no"} data-mode=${view.mode} data-motion=${view.motion}>
          ${header(controller)}
          <main class="main">
            <section class="card console" aria-label="Console">
              ${this.console.element}${none ? welcome(controller, this.missing) : nothing}
              ${consoleFoot(controller, () => this.console.focus())} ${noticeList(controller)}
            </section>
            ${debuggerPanel(controller)}
          </main>
          <section class="dock" aria-label="Time">
            ${question(controller)}
            <div class="timeline">
              <div class="lane-names" aria-hidden="true">
                <span>console</span><span>input</span><span>snapshots</span>
              </div>
              ${this.timeline.element}
            </div>
            ${transport(controller, this.timeline)}
          </section>
          ${symbolList(controller)}
          ${model.dropping ? html`<div class="dropping" role="status">Drop ${dropped(none)}</div>` : nothing}
        </div>
      `,
      this.root,
    );
    this.console.element.hidden = none;
    if (!none) {
      this.console.open();
      this.console.show(this.history.countAt(model.shown));
    }
    this.timeline.draw(view, model.shown, model.inPast);
    this.welcomeMachine();
    // A button that has done its work takes the focus with it.
    if (focused && !focused.isConnected && document.activeElement === document.body) this.focusMachine();
  }

  /** A machine that was asked for has come: the keys are for its console, or, for a recording, for the timeline. */
  private welcomeMachine(): void {
    const { model, controller } = this;
    const typed = controller.early.handOver(model.machine);
    if (typed === undefined) return;
    if (document.activeElement === document.body) this.focusMachine();
    if (typed !== "") void controller.type(typed);
  }

  /** To where keys mean something: the console while what is typed reaches the guest. */
  private focusMachine(): void {
    const { model } = this;
    if (model.view.mode === "none") return;
    if (model.typable) this.console.focus();
    else this.timeline.element.focus();
  }

  /**
   * Alt-← and Alt-→ as in the browser, also where a terminal would take them: in the past nobody waits for its keys.
   * A text field keeps them.
   */
  private onAltArrow(event: KeyboardEvent): void {
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (step === 0 || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { model } = this;
    const target = event.target as HTMLElement;
    const heard =
      target.closest(".serial") === null
        ? target.closest("input, select, textarea") !== null
        : model.view.mode === "record" && !model.inPast;
    if (heard) return;
    event.preventDefault();
    event.stopPropagation();
    history.go(step);
  }

  /** Keys that work anywhere but where they mean something else. */
  private onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (this.controller.early.take(event)) return;
    if (event.key === "Escape" && this.model.question !== undefined) return this.controller.asking.forgetQuestion();
    const travels = /^(Arrow|Home|End|Page)/.test(event.key) && target.closest(".transport .buttons") !== null;
    if (target === document.body || travels) this.timeline.onKey(event);
    if (event.key !== " " || target.closest("input, select, textarea, button, [popover], .question, .serial") !== null)
      return;
    if (this.model.view.mode === "none") return;
    event.preventDefault();
    this.controller.motions.toggleRun();
  }

  private acceptFiles(): void {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const show = (dropping: boolean): void => {
      this.model.dropping = dropping;
      this.schedule();
    };
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (!this.model.dropping) show(true);
    });
    addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) show(false);
    });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(false);
      void this.controller.openFiles([...event.dataTransfer!.files]);
    });
  }
}

function dropped(none: boolean): string {
  return none
    ? "a recording, a kernel and its initrd, or firmware"
    : "a recording, a kernel and its initrd, firmware, or this kernel's symbols";
}
