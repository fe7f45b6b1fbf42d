import {
  type BootSource,
  type KeptBreakpoint,
  type MachineApi,
  type NamedBytes,
  type Notice,
  type View,
  ViewReader,
} from "../api/index.ts";
import { KeptBreakpoints, ownTexts } from "./debugger/kept-breakpoints.ts";
import { EarlyKeys } from "./early-keys.ts";
import { formatPosition } from "./format.ts";
import { Inspector } from "./inspector.ts";
import { Jumps, type Place } from "./jumps.ts";
import { Deletions } from "./library/deletions.ts";
import type { LowerTab, Model, Tab } from "./model.ts";
import { Notices } from "./notices.ts";
import { openFiles } from "./open-files.ts";
import { Seeks } from "./seeks.ts";
import type { OutputHistory } from "./terminal/history.ts";

/** A machine that was opened is shown by then, or is the one that was there. */
const lateMs = 500;

/** What the user can do. Changes the model, asks the machine, and reports failures as notices. */
export class Controller {
  readonly notices: Notices;
  readonly jumps: Jumps;
  readonly inspector: Inspector;
  private readonly reader = new ViewReader();
  private readonly seeks: Seeks;
  readonly deletions: Deletions;
  private readonly keptBreakpoints: KeptBreakpoints;
  readonly early = new EarlyKeys();
  private refusedTimer: ReturnType<typeof setTimeout> | undefined;
  /** Where the user was when a drag began. */
  private draggedFrom: Place | undefined;
  private unreadTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly api: MachineApi,
    readonly model: Model,
    readonly history: OutputHistory,
    /** Asks for a frame. */
    readonly changed: () => void,
  ) {
    this.notices = new Notices(model, changed);
    this.jumps = new Jumps(model, {
      travel: (place) => this.travelTo(place),
      say: (notice) => this.notify(notice),
      unsay: () => this.notices.over("address"),
    });
    this.seeks = new Seeks(api, model, changed);
    this.inspector = new Inspector(api, model, (work) => this.attempt(work, "inspect"), changed);
    this.deletions = new Deletions(this.notices, (id) => this.deleteNow(id), changed);
    const restore = (points: readonly KeptBreakpoint[]): void =>
      void this.attempt(api.restoreBreakpoints(points), "breakpoints");
    this.keptBreakpoints = new KeptBreakpoints(ownTexts(), restore);
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
            void this.refreshRecordings();
          },
          over: (cause) => {
            this.notices.over(cause);
            void this.refreshRecordings();
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
    void this.refreshRecordings();
  }

  private onView(view: View): void {
    const { model } = this;
    const before = model.view;
    const wasPast = model.inPast;
    model.view = view;
    this.keptBreakpoints.onView(view);
    if (wasPast && !model.inPast) model.refused = false;
    if (model.question !== undefined && view.bridge.kind !== "attached") this.forgetQuestion();
    if (view.motion !== "none") model.waiting = false;
    if (view.recording?.id !== before.recording?.id) {
      model.cursor = undefined;
      model.codeAddress = model.codeCentre = undefined;
      model.inspection = undefined;
      void this.refreshRecordings();
    }
    // What the user looks at while the guest runs stays until it stands.
    const stands = view.motion !== "run" && (view.position !== before.position || before.motion === "run");
    if (stands) model.codeAddress = undefined;
    if (view.position !== before.position) {
      // Moved by someone else, such as gdb: everyone looks there.
      if (!model.dragging && !this.seeks.active && model.question === undefined) model.cursor = undefined;
    }
    // To look means to stop the indexing of the rest: only when there is something new to see.
    if (model.inspection?.position !== view.position || view.motion !== before.motion) this.inspector.inspect();
    this.jumps.follow();
    this.changed();
  }

  notify(notice: Notice): void {
    this.notices.add(notice);
  }

  /**
   * Awaits, and shows a failure as a notice, until something of the same kind succeeds. What the page does of itself has a
   * kind of its own.
   */
  async attempt<T>(work: Promise<T>, kind = "gesture"): Promise<T | undefined> {
    const until = this.notices.last;
    try {
      const done = await work;
      this.notices.over(kind, until);
      return done;
    } catch (error) {
      this.notify({ level: "error", text: error instanceof Error ? error.message : String(error), cause: kind });
      return undefined;
    }
  }

  /** Moves the machine, unless an attached gdb holds it: then asks first. A seek that waits for its turn is overtaken. */
  private travel(what: string, look: number | undefined, move: () => Promise<unknown>): void {
    this.ask(what, look, () => {
      this.seeks.forget();
      return move();
    });
  }
  /** The same for a motion that counts from where the last seek goes. */
  private follow(what: string, move: () => Promise<void>): void {
    this.ask(what, undefined, () => this.seeks.after(move));
  }
  private ask(what: string, look: number | undefined, move: () => Promise<unknown>): void {
    const { model } = this;
    const { bridge } = model.view;
    const proceed = (): void => {
      model.question = model.unread = undefined;
      void this.attempt(move());
      this.changed();
    };
    if (bridge.kind !== "attached" || model.view.mode === "none") return proceed();
    // Also while gdb lets it run: gdb would be told that it stopped where it was, not where it has gone since.
    const holds = bridge.stopped
      ? `gdb holds the machine at position ${formatPosition(model.view.position)}.`
      : "gdb has the machine run.";
    model.question = {
      text: `${holds} ${what}`,
      proceed,
      look,
    };
    this.changed();
  }

  /** Answers the question: detaches gdb, then moves. */
  detachAndGo(): void {
    const { question } = this.model;
    if (question === undefined) return;
    this.model.question = undefined;
    void this.attempt(this.api.detachDebugger().then(() => question.proceed()));
  }
  lookOnly(): void {
    const { model } = this;
    model.cursor = model.question?.look;
    model.question = undefined;
    this.changed();
  }
  forgetQuestion(): void {
    this.model.question = undefined;
    this.model.cursor = undefined;
    this.changed();
  }

  toggleRun(): void {
    const { view } = this.model;
    if (view.motion !== "none") return this.pause();
    const run = (): Promise<void> => this.api.run();
    // At the live end there is nothing to come back to.
    this.follow("Run from here?", view.position < view.end ? () => this.jumps.leap(run) : run);
  }
  private pause(): void {
    this.seeks.forget();
    void this.attempt(this.api.pause());
  }
  step(): void {
    this.follow("Step it here?", () => this.api.step());
  }
  stepBack(): void {
    this.follow("Step it back here?", () => this.api.stepBack());
  }
  runBack(): void {
    this.follow("Run it back here?", () => this.jumps.leap(() => this.api.runBack()));
  }
  /** Goes where the text of the position field says; what is wrong with it is said beside the field. */
  go(text: string, arrived: () => void): void {
    this.travel(`Go to ${text.trim()}?`, undefined, async () => {
      try {
        await this.jumps.leap(() => this.api.go(text));
        arrived();
      } catch (error) {
        this.sayUnread(error instanceof Error ? error.message : String(error));
      }
    });
  }
  private sayUnread(why: string): void {
    this.model.unread = why;
    clearTimeout(this.unreadTimer);
    this.unreadTimer = setTimeout(() => {
      this.model.unread = undefined;
      this.changed();
    }, 10_000);
    this.changed();
  }
  /** By the browser's Back or Forward. */
  private travelTo(place: Place): void {
    if (place !== "live") return this.moveTo(place);
    this.model.cursor = undefined;
    this.travel("Return to the live end?", undefined, () => this.api.returnToLive());
  }
  returnToLive(): void {
    this.model.refused = false;
    const onlyLooked = this.model.cursor !== undefined && !this.seeks.active;
    const from = this.jumps.here();
    this.model.cursor = undefined;
    if (onlyLooked) return this.changed();
    if (this.model.view.mode === "play") return this.seek(this.model.view.end);
    this.travel("Return to the live end?", undefined, () => {
      this.jumps.jump("live", from);
      return this.api.returnToLive();
    });
  }
  cancel(): void {
    this.early.end();
    void this.attempt(this.api.cancel());
  }

  /** While dragging: the console follows at once, the machine as fast as it can. */
  drag(position: number): void {
    if (!this.model.dragging) this.draggedFrom = this.jumps.here();
    this.model.cursor = position;
    this.model.dragging = true;
    if (this.model.view.bridge.kind !== "attached") void this.attempt(this.seeks.request(position));
    this.changed();
  }
  /** The drag ended. */
  drop(position: number): void {
    this.model.dragging = false;
    this.seek(position, this.draggedFrom);
  }
  /** Undoes a click that turned out to be the half of something else. */
  undoSince(jumps: number): void {
    if (this.model.question !== undefined) return this.forgetQuestion();
    this.jumps.undoSince(jumps);
  }

  /** A jump: Back undoes it. `from`: where the user was, if not here. */
  seek(position: number, from: Place = this.jumps.here()): void {
    this.moveTo(position, (target) => void this.jumps.jump(target, from));
  }
  /** A step or a stride. */
  stride(position: number): void {
    this.moveTo(position);
  }

  private moveTo(position: number, begin?: (target: number) => void): void {
    const { model } = this;
    const target = Math.max(0, Math.min(model.view.end, Math.round(position)));
    model.cursor = target;
    this.travel(`Move it to ${formatPosition(target)}?`, target, () => {
      begin?.(target);
      return this.seeks.request(target);
    });
    this.changed();
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

  boot(source: BootSource): void {
    this.start("Boot another machine?", async () => {
      // So that the browser does not drop recordings when space gets tight; asked when there is something to keep.
      void navigator.storage?.persist?.();
      await this.api.boot(source).finally(() => this.refreshRecordings());
    });
  }
  openDemoRecording(): void {
    this.start("Open another recording?", () => this.api.openDemoRecording());
  }
  openRecording(id: string): void {
    this.deletions.undo(id);
    this.start("Open another recording?", () => this.api.openRecording(id));
  }
  private start(question: string, open: () => Promise<void>): void {
    this.travel(question, undefined, async () => {
      this.early.begin(this.model.machine);
      await open().finally(() => setTimeout(() => this.early.end(), lateMs));
    });
  }
  /** Reads what another tab has recorded since, and stays at the same instant. */
  reopen(): void {
    const { recording, position } = this.model.view;
    this.travel("Open it again?", undefined, async () => {
      await this.api.openRecording(recording!.id);
      await this.seeks.request(position);
    });
  }
  async refreshRecordings(): Promise<void> {
    const list = this.api.listRecordings();
    // That storage fails is said once.
    const told = this.model.notices.some(({ cause }) => cause === "storage");
    const recordings = await (told ? list.catch(() => undefined) : this.attempt(list, "recordings"));
    if (recordings) {
      this.model.recordings = recordings;
      this.keptBreakpoints.keepOnly(recordings.map(({ id }) => id));
    }
    this.changed();
  }
  /** False when the recording keeps its name. */
  async renameRecording(id: string, name: string): Promise<boolean> {
    if (name.trim() === "") return false;
    const renamed = await this.attempt(this.api.renameRecording(id, name.trim()).then(() => true));
    if (renamed) this.keptBreakpoints.renamed(id, name.trim());
    await this.refreshRecordings();
    return renamed ?? false;
  }
  private async deleteNow(id: string): Promise<void> {
    await this.attempt(this.api.deleteRecording(id));
    await this.refreshRecordings();
  }
  async download(file: Promise<NamedBytes>): Promise<void> {
    const named = await this.attempt(file);
    if (named === undefined) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([named.bytes], { type: "application/octet-stream" }));
    link.download = named.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  openFiles(files: readonly File[]): Promise<void> {
    return openFiles(this, files);
  }

  setTab(tab: Tab): void {
    this.model.tab = tab;
    this.changed();
  }
  setLowerTab(tab: LowerTab): void {
    this.model.lowerTab = tab;
    this.changed();
  }
  setCodeLines(lines: number): void {
    if (lines === this.model.codeLines) return;
    this.model.codeLines = lines;
    this.inspector.inspect();
  }
  showCode(address: bigint | undefined): void {
    this.model.tab = "code";
    this.model.codeAddress = address;
    this.inspector.inspect();
    this.changed();
  }
  showMemory(address: bigint): void {
    this.model.tab = "memory";
    this.model.memoryAddress = address;
    this.inspector.inspect();
    this.changed();
  }
  async goToExpression(expression: string, show: (address: bigint) => void): Promise<void> {
    const address = await this.attempt(this.api.resolve(expression));
    if (address !== undefined) show(address);
  }
  async complete(prefix: string): Promise<void> {
    this.model.completions = (await this.attempt(this.api.completeSymbol(prefix, 20), "completion")) ?? [];
    this.changed();
  }
  toggleBreakpoint(address: bigint): void {
    const old = this.model.view.breakpoints.find((b) => b.kind === "break" && b.address === address);
    void this.attempt(
      old === undefined
        ? this.api.addBreakpoint("break", `0x${address.toString(16)}`, 4)
        : this.api.removeBreakpoint(old.id),
    );
  }
  async monitor(command: string): Promise<void> {
    const jumps = /^\s*(seek|replay_seek|loadvm)\s/.test(command);
    const say = (): Promise<string> => this.api.monitor(command);
    const output = await this.attempt(jumps ? this.jumps.leap(say, (answer) => !answer.startsWith("Error")) : say());
    if (output === undefined) return;
    this.model.monitorLog = [...this.model.monitorLog.slice(-199), { command, output }];
    this.changed();
  }
  bookmark(): void {
    const { view } = this.model;
    const number = view.snapshots.filter((s) => s.label.startsWith("mark")).length + 1;
    void this.attempt(this.api.saveSnapshot(`mark${number}`));
  }
}
