import { messageOf } from "../base/index.ts";
import { type KeptBreakpoint, type MachineApi, type Notice, type View, ViewReader } from "../api/index.ts";
import { Asking } from "./asking.ts";
import { DebuggerActions } from "./debugger/actions.ts";
import { KeptBreakpoints, ownTexts } from "./debugger/kept-breakpoints.ts";
import { EarlyKeys } from "./early-keys.ts";
import { Inspector } from "./inspector.ts";
import { Jumps } from "./jumps.ts";
import { KeptSetting } from "./kept-setting.ts";
import { LibraryActions } from "./library/actions.ts";
import type { Model } from "./model.ts";
import { Motions } from "./motions.ts";
import { Notices } from "./notices.ts";
import { openFiles } from "./open-files.ts";
import type { Page } from "./page.ts";
import type { OutputHistory } from "./terminal/history.ts";

/** What the user can do. Changes the model, asks the machine, and reports failures as notices. */
export class Controller implements Page {
  readonly notices: Notices;
  readonly jumps: Jumps;
  readonly inspector: Inspector;
  private readonly reader = new ViewReader();
  readonly asking: Asking;
  readonly motions: Motions;
  readonly library: LibraryActions;
  readonly debugger: DebuggerActions;
  private readonly keptBreakpoints: KeptBreakpoints;
  readonly early = new EarlyKeys();
  private refusedTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly api: MachineApi,
    readonly model: Model,
    readonly history: OutputHistory,
    /** Asks for a frame. */
    readonly changed: () => void,
  ) {
    this.notices = new Notices(model, changed);
    this.asking = new Asking(this);
    this.jumps = new Jumps(model, {
      travel: (place) => this.motions.travelTo(place),
      say: (notice) => this.notify(notice),
      unsay: () => this.notices.over("address"),
    });
    this.motions = new Motions(this, this.asking, this.jumps);
    this.inspector = new Inspector(api, model, (work) => this.attempt(work, "inspect"), changed);
    const texts = ownTexts();
    this.debugger = new DebuggerActions(this, this.inspector, this.jumps, new KeptSetting(texts, "syntax"));
    const restore = (points: readonly KeptBreakpoint[]): void =>
      void this.attempt(api.restoreBreakpoints(points), "breakpoints");
    this.keptBreakpoints = new KeptBreakpoints(texts, restore);
    this.library = new LibraryActions(this, this.notices, this.motions, this.early, this.keptBreakpoints);
  }

  /** Starts listening. */
  async connect(): Promise<void> {
    await this.attempt(
      this.api.subscribe(
        {
          view: (change) => this.onView(this.reader.view(change)),
          output: (chunk) => {
            this.history.append(chunk);
            this.changed();
          },
          notice: (notice) => {
            this.notify(notice);
            // It may be about them.
            void this.library.refreshRecordings();
          },
          over: (cause) => {
            this.notices.over(cause);
            void this.library.refreshRecordings();
          },
        },
        new URL(".", location.href).href,
      ),
    );
    void this.attempt(
      this.api.demo().then((demo) => {
        this.model.demo = demo;
        this.changed();
      }),
      "demo",
    );
    void this.library.refreshRecordings();
  }

  private onView(view: View): void {
    const { model } = this;
    const before = model.view;
    const wasPast = model.inPast;
    model.view = view;
    this.keptBreakpoints.onView(view);
    if (wasPast && !model.inPast) model.refused = false;
    if (model.question !== undefined && view.bridge.kind !== "attached") this.asking.forgetQuestion();
    if (view.motion !== "none") model.waiting = false;
    if (view.recording?.id !== before.recording?.id) {
      model.cursor = undefined;
      model.codeAddress = model.codeCentre = undefined;
      model.inspection = undefined;
      void this.library.refreshRecordings();
    }
    // What the user looks at while the guest runs stays until it stands.
    const stands = view.motion !== "run" && (view.position !== before.position || before.motion === "run");
    if (stands) model.codeAddress = undefined;
    if (view.position !== before.position) {
      // Moved by someone else, such as gdb: everyone looks there.
      if (!model.dragging && !this.motions.seeks.active && model.question === undefined) model.cursor = undefined;
    }
    // To look means to stop the indexing of the rest: only when there is something new to see.
    if (model.inspection?.position !== view.position || view.motion !== before.motion) this.inspector.inspect();
    this.jumps.follow();
    this.changed();
  }

  notify(notice: Notice): void {
    this.notices.add(notice);
  }

  async attempt<T>(work: Promise<T>, kind = "gesture"): Promise<T | undefined> {
    const until = this.notices.last;
    try {
      const done = await work;
      this.notices.over(kind, until);
      return done;
    } catch (error) {
      this.notify({ level: "error", text: messageOf(error), cause: kind });
      return undefined;
    }
  }

  cancel(): void {
    this.early.end();
    void this.attempt(this.api.cancel());
  }

  async type(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    this.tellSent(this.model.inPast || (await this.attempt(this.api.sendInput(bytes))) === false);
  }
  async sendBreak(): Promise<void> {
    this.tellSent(this.model.inPast || (await this.attempt(this.api.sendBreak())) === false);
  }

  /** Nothing typed goes without a sign, though the machine shows none: refused, or taken by one that stands still. */
  private tellSent(refused: boolean): void {
    const { model } = this;
    if (!refused) {
      model.waiting = model.view.motion === "none";
      return this.changed();
    }
    model.refused = true;
    clearTimeout(this.refusedTimer);
    this.refusedTimer = setTimeout(() => {
      model.refused = false;
      this.changed();
    }, 6000);
    this.changed();
  }

  openFiles(files: readonly File[]): Promise<void> {
    return openFiles(this, files);
  }
}
