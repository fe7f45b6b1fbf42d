import { type Disposable, DisposableStore, hexDigits, messageOf, UserError } from "../base/index.ts";
import type { InspectRequest, Inspection, NamedBlob, Notice, ProgressView, SlicedFile, View } from "../api/index.ts";
import {
  DebugTarget,
  deleteSnapshot,
  Monitor,
  parseDestination,
  positionOf,
  saveSnapshot,
  search,
  SymbolFile,
} from "../debug/index.ts";
import { CONSOLE_PORT } from "../machine/index.ts";
import type { Progress, TravelSession, TravelStop } from "../timetravel/index.ts";
import { PageBreakpoints } from "./breakpoints.ts";
import { Indexing } from "./indexing.ts";
import { inspect } from "./inspect.ts";
import { Marks } from "./marks.ts";
import { Speed } from "./speed.ts";
import { stopText } from "./stop-text.ts";

/** What a machine tells the page through the service. */
export interface MachineEvents {
  changed(): void;
  /** Another history is shown, with other output. */
  historyChanged(): void;
  notice(notice: Notice): void;
  over(cause: string): void;
  /** gdb is attached: nothing moves behind its back. */
  gdbAttached(): boolean;
}

/** Tasks shorter than this show no progress. */
const patienceMs = 250;

/** What the page calls a session's motions. */
const motions: Readonly<Record<string, View["motion"]>> = {
  run: "run",
  step: "seek",
  seek: "seek",
  "step back": "back",
  "run back": "back",
  "last write": "seek",
};

const tasks: Readonly<Record<string, string>> = {
  seek: "Seeking",
  "step back": "Stepping back",
  "run back": "Looking back for the last hit",
  // Only where it is to end at a position.
  run: "Looking ahead for the next hit",
  index: "Indexing the recording",
};

/** One session with its debuggers, as the page sees it. */
export class OpenMachine {
  readonly target: DebugTarget;
  readonly breakpoints: PageBreakpoints;
  private readonly monitorPrompt: Monitor;
  private readonly disposables = new DisposableStore();
  private readonly speed = new Speed();
  private seekTarget: number | undefined;
  private stop: View["stop"];
  private progress: { readonly view: ProgressView; readonly since: number } | undefined;
  /** On its way from one place to another the machine is anywhere: the page shows the place that it left until it arrives. */
  private left: Pick<View, "position" | "virtualNs" | "privilege" | "pc"> | undefined;
  private readonly indexing: Indexing;
  private readonly marks: Marks;
  /** Names the history that is shown, among those of this machine. */
  private shown: string;
  private throwAwayBranches = 0;

  constructor(
    readonly session: TravelSession,
    version: string,
    private readonly events: MachineEvents,
  ) {
    this.target = new DebugTarget(session, {
      version,
      resume: () => void this.run().catch((error: unknown) => this.report(error)),
      quit: () => void session.quit().catch((error: unknown) => this.report(error)),
      message: (text) => events.notice({ level: "info", text }),
    });
    this.marks = new Marks(session);
    this.shown = this.historyName();
    this.breakpoints = new PageBreakpoints(this.target);
    this.monitorPrompt = new Monitor(this.target);
    const own = (disposable: Disposable): void => void this.disposables.add(disposable);
    this.indexing = new Indexing(session, {
      hold: () => events.gdbAttached(),
      changed: () => events.changed(),
      failed: (error) => this.report(error),
      kept: () => events.over("index"),
      notKept: (error) => this.tellNotKept(error),
    });
    own(this.indexing);
    own(session.onChange(() => this.onChange()));
    own(session.onProgress((progress) => this.onProgress(progress)));
    own(session.onDivergence((message) => events.notice({ level: "error", text: message })));
    own(this.target.control.onStop((stop) => (this.stop = this.textOf(stop))));
    if (session.notice !== undefined) events.notice({ level: "warning", text: session.notice });
  }

  async dispose(): Promise<void> {
    this.disposables.dispose();
    await this.session.dispose();
  }

  private report(error: unknown): void {
    this.events.notice({ level: "error", text: messageOf(error) });
    this.events.changed();
  }

  private onChange(): void {
    const { session } = this;
    if (!session.running) this.left = undefined;
    else if (session.activity !== "run") this.left ??= this.instant();
    if (session.running && !this.indexing.active) {
      this.speed.note(performance.now(), session.position, session.machine.translation);
      this.stop = undefined;
    } else this.speed.reset();
    if (!session.running) this.indexing.soon();
    const shown = this.historyName();
    if (this.shown !== shown) {
      if (session.branchedAt !== undefined) this.throwAwayBranches++;
      this.shown = shown;
      this.events.historyChanged();
    }
    this.events.changed();
  }

  private historyName(): string {
    const { branchedAt, parent, recordingName } = this.session;
    return `${branchedAt} ${parent?.position} ${recordingName}`;
  }

  /** Recorded history has its name again when a throw-away branch has ended; no two of those are one history. */
  get history(): string {
    return this.session.branchedAt === undefined ? this.shown : `${this.shown} ${this.throwAwayBranches}`;
  }

  private onProgress(progress: Progress | undefined): void {
    const task = progress && tasks[progress.task];
    if (progress === undefined || task === undefined) {
      this.progress = undefined;
      return;
    }
    const view: ProgressView = {
      task,
      done: progress.done,
      total: progress.total,
      unit: "instructions",
      cancellable: true,
    };
    this.progress = { view, since: this.progress?.since ?? performance.now() };
  }

  /** The machine's part of the view. */
  view(): Omit<View, "recording" | "history" | "bridge" | "readOnly"> {
    const { session } = this;
    const moving = session.running && !this.indexing.active;
    const patient = this.progress !== undefined && performance.now() - this.progress.since > patienceMs;
    return {
      ...(this.left ?? this.instant()),
      mode: session.mode === "none" ? "live" : session.mode,
      motion: moving ? (motions[session.activity ?? ""] ?? "run") : "none",
      target: this.seekTarget,
      end: session.end,
      indexedTo: session.indexedTo,
      speed: moving ? this.speed.perSecond : 0,
      translated: moving ? this.speed.translated : undefined,
      stop: moving ? undefined : this.stop,
      snapshots: this.marks.snapshots(),
      inputs: this.marks.inputs(),
      breakpoints: this.breakpoints.list(),
      progress: patient ? this.progress?.view : undefined,
    };
  }

  private instant(): Pick<View, "position" | "virtualNs" | "privilege" | "pc"> {
    const { position, machine } = this.session;
    const pc = hexDigits(machine.pc, 16);
    return { position, virtualNs: machine.nowNs, privilege: machine.debug.privilege(), pc };
  }

  private textOf(stop: TravelStop): View["stop"] {
    return stopText(
      stop,
      () => this.nameOf(this.session.machine.pc),
      ({ watchpoint }) => this.breakpoints.describe(watchpoint),
    );
  }

  /** The recording is as good as before, it only opens more slowly. */
  private tellNotKept(error: unknown): void {
    const why = messageOf(error);
    this.events.notice({ level: "warning", text: `the recording's index is not kept: ${why}`, cause: "index" });
  }

  private nameOf(address: bigint): string {
    return this.target.symbols()?.describe(address) ?? `0x${address.toString(16)}`;
  }

  /** Makes a motion from where the one in progress arrives. Resolves at its end. */
  private async move(go: (session: TravelSession) => Promise<TravelStop>): Promise<void> {
    this.indexing.wanted = true;
    await this.target.control.move(() => go(this.session)).finally(() => this.events.changed());
  }

  run(): Promise<void> {
    return this.move((session) => session.run());
  }
  step(): Promise<void> {
    return this.move((session) => session.step());
  }
  stepBack(): Promise<void> {
    return this.move((session) => session.stepBack());
  }
  async runBack(): Promise<void> {
    await this.move((session) => session.runBack());
    if (this.stop?.reason !== "history-start") return;
    this.stop = { ...this.stop, text: "No break- or watchpoint was hit before: this is the start of history" };
    this.events.changed();
  }
  async pause(): Promise<void> {
    await this.target.control.halt();
    this.events.changed();
  }

  async seek(position: number): Promise<boolean> {
    this.indexing.wanted = true;
    this.seekTarget = position;
    const { kind } = await this.target.control
      .moveTo(async (session) => {
        await session.seek(position);
        return session.position === position ? { kind: "position" } : { kind: "interrupted" };
      })
      .finally(() => {
        if (this.seekTarget === position) this.seekTarget = undefined;
        this.events.changed();
      });
    return kind === "position";
  }

  /** Goes where the text says; a guest that ran goes on when there is no such instant. */
  async go(text: string): Promise<boolean> {
    await this.present();
    const destination = parseDestination(text);
    if (destination.kind === "distance") await this.target.control.arrived();
    const position = positionOf(this.session, destination);
    if (position !== undefined) {
      const { end } = this.session;
      if (position > end)
        throw new UserError(`position ${group(position)} is beyond the end of history, ${group(end)}`);
      return this.seek(position);
    }
    const ran = this.session.activity === "run";
    let arrived = false;
    try {
      await this.move(async () => {
        arrived = await search(this.target, destination);
        return arrived ? { kind: "position" } : { kind: "interrupted" };
      });
    } catch (error) {
      if (ran) void this.run().catch((failure: unknown) => this.report(failure));
      throw error;
    }
    return arrived;
  }

  async returnToLive(): Promise<void> {
    if (await this.seek(this.session.end)) await this.run();
  }

  /** Ends what is going on, also indexing, until the next motion. */
  async cancel(): Promise<void> {
    this.indexing.wanted = false;
    await this.pause();
  }

  sendInput(bytes: Uint8Array): boolean {
    return this.session.send(CONSOLE_PORT, bytes);
  }
  sendBreak(): boolean {
    return this.session.sendBreak(CONSOLE_PORT);
  }

  /** Stores what can be stored of a recording in the making while the browser is patient with a hidden page. */
  keepNow(): Promise<void> {
    return this.indexing.keepNow();
  }

  /** The machine stands where the view says. */
  private async present(): Promise<void> {
    this.indexing.notYet();
    if (this.indexing.active) await this.target.present();
    this.indexing.soon();
  }

  /** The same, and nothing that was asked for before is on its way: what is read is read at one instant. */
  private async arrived(): Promise<void> {
    await this.present();
    await this.target.control.arrived();
  }

  async inspect(request: InspectRequest): Promise<Inspection> {
    await this.arrived();
    return inspect(this.session.machine, this.target.symbols(), request);
  }

  async monitor(command: string): Promise<string> {
    if (this.events.gdbAttached() && this.monitorPrompt.moves(command))
      return "Error: gdb has the machine: detach it first, or type this in gdb as `monitor ...`\n";
    await this.present();
    const { output, quit } = await this.monitorPrompt.execute(command);
    if (quit) await this.session.quit();
    this.events.changed();
    return output;
  }

  async stateHash(): Promise<string> {
    await this.arrived();
    return this.session.stateHash();
  }

  async symbolFile(): Promise<NamedBlob> {
    await this.arrived();
    const symbols = this.target.symbolFile();
    if (symbols === undefined) throw new UserError("no kernel symbols are found in the guest's memory here");
    return { name: "kernel-symbols.elf", blob: new Blob([symbols.bytes]) };
  }

  async addSymbols(file: SlicedFile): Promise<number | undefined> {
    const { name, size } = file;
    const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> =>
      new Uint8Array(await file.slice(start, end).arrayBuffer());
    const symbols = await SymbolFile.read({ name, size, read });
    if (symbols === undefined) return undefined;
    await this.arrived();
    this.target.useSymbols(symbols);
    this.breakpoints.nameAnew();
    this.events.changed();
    return symbols.size;
  }

  /** Of where the machine is, or arrives; a running one goes on afterwards. */
  async saveSnapshot(name: string): Promise<void> {
    this.warn(await saveSnapshot(this.target, name));
  }
  async deleteSnapshot(name: string): Promise<void> {
    this.warn(await deleteSnapshot(this.target, name));
  }

  private warn(text: string | undefined): void {
    if (text !== undefined) this.events.notice({ level: "warning", text: `Snapshot ${text}` });
    this.events.changed();
  }
}

const groups = new Intl.NumberFormat("en-GB");
/** "812,345,678" */
const group = (position: number): string => groups.format(position);
