import { messageOf, UserError } from "../base/index.ts";
import { readWhole } from "../storage/index.ts";
import {
  noMachine,
  type BootSource,
  type BreakpointView,
  type InspectRequest,
  type Inspection,
  type KeptBreakpoint,
  type Listener,
  type MachineApi,
  type NamedBytes,
  type Notice,
  type ProgressView,
  type RecordingInfo,
  type SlicedFile,
  type View,
} from "../api/index.ts";
import { checkImages, openSession, readRecording, recordSession } from "../timetravel/index.ts";
import { Bridge, isLoopback } from "./bridge.ts";
import { Told } from "./told.ts";
import { PageTranslator } from "./translation.ts";
import { demoConfiguration } from "./demo.ts";
import {
  configurationFor,
  guestFiles,
  guestOf,
  guestTitle,
  imagesFor,
  makeMachine,
  type NamedImages,
} from "./guest.ts";
import { workerHost } from "./host.ts";
import type { Library } from "./library.ts";
import { MissingImages, missingImagesCause } from "./missing-images.ts";
import { heldLocks, holdLock, takeName } from "./locks.ts";
import { consolePort, OpenMachine } from "./open-machine.ts";
import { OpenRecording } from "./open-recording.ts";
import { PausedRecording } from "./paused-recording.ts";
import { Publisher } from "./publisher.ts";
import { Recordings } from "./recordings.ts";
import { Site } from "./site.ts";

const version = "0.1.0";
/**
 * Of snapshots in a tab's memory; what is thinned out lies in the recording's cache, or is run through again. A tab is
 * not all that a computer has to do: with the guest's RAM, the kernel and the engine it stays below 400 MB.
 */
const limits = { memoryBytes: 96 * 2 ** 20 };
/** What fetching what can be translated anew may take. */
const translationsMs = 2000;

/** The machine side of the page: one machine at a time, the library, the bridge. */
export class MachineService implements MachineApi {
  private readonly host = workerHost();
  private readonly bridge = new Bridge(
    () => this.machine?.target,
    () => this.changed(),
  );
  private site = new Site(self.location.href);
  private listener: Listener | undefined;
  private publisher: Publisher | undefined;
  private machine: OpenMachine | undefined;
  private recording: OpenRecording | undefined;
  private readonly told = new Told(() => this.listener);
  private readonly events = {
    changed: () => this.changed(),
    historyChanged: () => this.publisher?.startAnew(),
    notice: (notice: Notice) => this.told.notice(notice),
    over: (cause: string) => this.told.over(cause),
    gdbAttached: () => this.bridge.attached,
  };
  private readonly recordings = new Recordings(
    () => this.recording && { recording: this.recording, session: this.machine?.session },
    this.events,
  );
  private readonly missing = new MissingImages();
  private readonly paused = new PausedRecording(this.events);
  private progress: ProgressView | undefined;
  /** Ends a fetch in progress. */
  private fetching: AbortController | undefined;
  /** Opening and closing take turns. */
  private opening: Promise<unknown> = Promise.resolve();

  async subscribe(listener: Listener, site: string): Promise<void> {
    this.site = new Site(site);
    this.listener = listener;
    this.publisher = new Publisher(
      listener,
      () => this.view(),
      (skip) =>
        this.machine?.session.outputSince(consolePort, skip) ?? {
          bytes: new Uint8Array(),
          positions: new Float64Array(),
        },
    );
    this.publisher.startAnew();
    void this.findBridge();
  }

  private changed(): void {
    this.publisher?.changed();
  }

  private view(): View {
    const { machine } = this;
    const bridge = this.bridge.state(machine?.session.running ?? false);
    if (machine === undefined) return { ...noMachine, bridge, progress: this.progress };
    const view = machine.view();
    const { recording } = this;
    return {
      ...view,
      recording: recording && { id: recording.name, name: recording.name },
      history: `${recording?.created} ${machine.history}`,
      readOnly: recording?.readOnly ?? false,
      bridge,
      progress: this.progress ?? view.progress,
    };
  }

  private readonly setProgress = (progress: ProgressView | undefined): void => {
    this.progress = progress;
    this.changed();
  };

  private current(): OpenMachine {
    if (this.machine === undefined) throw new UserError("no machine is open");
    return this.machine;
  }

  /** One opening at a time; a new one ends the fetch of the one before. */
  private async exclusively(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.fetching?.abort();
    const before = this.opening;
    const controller = new AbortController();
    this.fetching = controller;
    const turn = (async () => {
      await before.catch(() => undefined);
      try {
        await work(controller.signal);
      } catch (error) {
        // Who cancelled knows.
        if (!controller.signal.aborted) throw error;
      } finally {
        if (this.fetching === controller) this.fetching = undefined;
        this.setProgress(undefined);
      }
    })();
    this.opening = turn;
    return turn;
  }

  /** Replaces the machine; the page is told to forget the old one's output. */
  private async show(machine?: OpenMachine, recording?: OpenRecording): Promise<void> {
    this.bridge.detach();
    const before = this.machine;
    // From here on a debugger that connects finds no machine, rather than one that goes.
    this.machine = undefined;
    this.paused.end();
    try {
      await before?.dispose();
    } finally {
      this.recording?.dispose();
      this.recording = undefined;
    }
    this.machine = machine;
    this.recording = recording;
    this.publisher?.startAnew();
  }

  private readonly translator = new PageTranslator(
    () => this.site.fetch(guestFiles.translations, AbortSignal.timeout(translationsMs), () => {}),
    (why) =>
      this.events.notice({
        level: "warning",
        text: `The translator failed (${why}): code that it had not come to is interpreted, which is slower`,
      }),
    () => this.machine?.session.mode === "play" && (this.machine.session.running ? "replays" : "rests"),
  );

  /** Starts a motion that may last as long as the machine lives: its failure is a notice, not an answer. */
  private start(motion: (machine: OpenMachine) => Promise<unknown>): void {
    const machine = this.current();
    motion(machine).catch((error: unknown) => {
      const goOn = (): void => {
        if (this.machine === machine) this.start((machine) => machine.run());
      };
      if (this.paused.failed(error, machine.session, goOn)) return;
      this.events.notice({ level: "error", text: messageOf(error) });
    });
  }

  boot(source: BootSource): Promise<void> {
    return this.exclusively(async (signal) => {
      const library = await this.recordings.library();
      void this.translator.service(guestOf(demoConfiguration)).catch(() => undefined);
      const title = source.kind === "demo" ? "Demo boot" : source.kernel.name;
      const day = new Date().toLocaleString("en-GB", {
        day: "numeric",
        month: "short",
        hour: "2-digit",
        minute: "2-digit",
      });
      // Held from before its images are kept: another tab that deletes a recording knows that they are wanted.
      const { name, lock } = await takeName(library, `${title}, ${day}`);
      const recording = new OpenRecording(name, library.store, lock);
      await this.unlessShown(recording, () => this.bootAs(recording, source, library, signal));
    });
  }

  /** Does what is to end in showing a recording, and lets go of it else. */
  private async unlessShown(recording: OpenRecording, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } finally {
      if (this.recording !== recording) recording.dispose();
    }
  }

  private async bootAs(
    recording: OpenRecording,
    source: BootSource,
    library: Library,
    signal: AbortSignal,
  ): Promise<void> {
    const { images, references } = await imagesFor(source, this.site, library, signal, this.setProgress);
    try {
      await this.powerOn(recording, source, { images, references });
    } catch (error) {
      const kept = new Set(references.map(({ sha256 }) => sha256));
      await library.dropImages(kept, await heldLocks(), recording.name).catch(() => undefined);
      throw error;
    }
  }

  private async powerOn(
    recording: OpenRecording,
    source: BootSource,
    { images, references }: NamedImages,
  ): Promise<void> {
    this.setProgress({ task: "Powering on", done: 0, total: 0, unit: "bytes", cancellable: false });
    // The old machine goes first: each has a guest's memory.
    await this.show();
    const machine = await makeMachine(configurationFor(source), images, this.translator);
    const header = { configuration: machine.configuration, images: references, created: Date.now(), version };
    const { name, store, claim } = recording;
    recording.images = images;
    recording.created = header.created;
    const session = await recordSession({ machine, host: this.host, limits, store, name, header, claim });
    await this.show(new OpenMachine(session, version, this.events), recording);
    this.start((machine) => machine.run());
  }

  openRecording(id: string): Promise<void> {
    return this.exclusively((signal) => this.open(id, signal));
  }

  private async open(name: string, signal: AbortSignal): Promise<void> {
    const library = await this.recordings.library();
    this.setProgress({ task: "Opening the recording", done: 0, total: 0, unit: "bytes", cancellable: false });
    if (this.recording?.name === name) await this.show();
    // Before it is read: a tab that still records would write more, which a name appended here would cut off.
    const recording = new OpenRecording(name, library.store, await holdLock(name));
    await this.unlessShown(recording, () => this.openLocked(recording, library, signal));
  }

  private async openLocked(open: OpenRecording, library: Library, signal: AbortSignal): Promise<void> {
    const { name, store, claim, readOnly } = open;
    const recording = readRecording(await readWhole(library.store, name));
    const { header } = recording;
    let images = await library.imagesOf(header);
    if (header.images.some(({ role }) => images[role] === undefined)) {
      // The recording may come from another browser with the same guest.
      await this.keepSiteImages(library, signal);
      images = await library.imagesOf(header);
    }
    const asked = this.missing.ask(name, header, images);
    if (asked !== undefined) return this.events.notice({ level: "error", text: asked, cause: missingImagesCause });
    this.events.over(missingImagesCause);
    checkImages(header, images);
    await this.show();
    const machine = await makeMachine(header.configuration, images, this.translator);
    open.images = images;
    open.created = header.created;
    const session = await openSession({
      ...{ machine, host: this.host, limits, name, recording, store, claim },
      ...(readOnly && { readOnly: "another tab has it open" }),
    });
    await this.show(new OpenMachine(session, version, this.events), open);
    this.start((machine) => machine.run());
  }

  private async keepSiteImages(library: Library, signal: AbortSignal): Promise<void> {
    if (!(await this.site.has(guestFiles.kernel))) return;
    await imagesFor({ kind: "demo" }, this.site, library, signal, this.setProgress);
  }

  openDemoRecording(): Promise<void> {
    return this.exclusively(async (signal) => {
      const bytes = await this.site.fetch(guestFiles.recording, signal, (done, total) =>
        this.setProgress({ task: "Fetching the recording", done, total, unit: "bytes", cancellable: true }),
      );
      if (bytes === undefined) throw new UserError("this site has no demo recording");
      await this.open(await this.recordings.import({ name: "Demo: boot and crash", bytes }, []), signal);
    });
  }

  async close(): Promise<void> {
    await this.exclusively(() => this.show());
  }

  async demo(): Promise<{ boot: boolean; recording: boolean; title: string }> {
    const [kernel, recording, manifest] = await Promise.all([
      this.site.has(guestFiles.kernel),
      this.site.has(guestFiles.recording),
      this.site.json(guestFiles.manifest),
    ]);
    if (kernel) void this.translator.service(guestOf(demoConfiguration)).catch(() => undefined);
    return { boot: kernel, recording, title: guestTitle(manifest) };
  }

  listRecordings(): Promise<readonly RecordingInfo[]> {
    return this.recordings.list();
  }
  async renameRecording(id: string, name: string): Promise<void> {
    await this.recordings.rename(id, name);
    this.changed();
  }
  async deleteRecording(id: string): Promise<void> {
    if (this.recording?.name === id) await this.close();
    await this.recordings.delete(id);
  }
  exportRecording(id: string): Promise<NamedBytes> {
    return this.recordings.export(id);
  }
  async giveImages(files: readonly NamedBytes[]): Promise<string | undefined> {
    return this.missing.give(files, await this.recordings.library());
  }
  importRecording(file: NamedBytes, images: readonly NamedBytes[]): Promise<string> {
    return this.recordings.import(file, images);
  }

  async run(): Promise<void> {
    this.start((machine) => machine.run());
  }
  pause(): Promise<void> {
    return this.current().pause();
  }
  step(): Promise<void> {
    return this.current().step();
  }
  stepBack(): Promise<void> {
    return this.current().stepBack();
  }
  runBack(): Promise<void> {
    return this.current().runBack();
  }
  seek(position: number): Promise<boolean> {
    return this.current().seek(position);
  }
  go(text: string): Promise<boolean> {
    return this.current().go(text);
  }
  async returnToLive(): Promise<void> {
    this.start((machine) => machine.returnToLive());
  }
  async cancel(): Promise<void> {
    this.fetching?.abort();
    await this.machine?.cancel();
  }
  async reset(): Promise<void> {
    this.current().session.reset();
  }
  async sendBreak(): Promise<boolean> {
    return this.machine?.sendBreak() ?? false;
  }

  async sendInput(bytes: Uint8Array): Promise<boolean> {
    return this.machine?.sendInput(bytes) ?? false;
  }

  async inspect(request: InspectRequest): Promise<Inspection | undefined> {
    return this.machine?.inspect(request);
  }
  async resolve(expression: string): Promise<bigint> {
    return this.current().breakpoints.resolve(expression);
  }
  addSymbols(file: SlicedFile): Promise<number | undefined> {
    return this.current().addSymbols(file);
  }
  async completeSymbol(prefix: string, limit: number): Promise<readonly string[]> {
    return prefix === "" ? [] : (this.machine?.target.symbols()?.startingWith(prefix, limit) ?? []);
  }
  async addBreakpoint(kind: BreakpointView["kind"], expression: string, length: number): Promise<void> {
    this.current().breakpoints.add(kind, expression, length);
    this.changed();
  }
  async restoreBreakpoints(points: readonly KeptBreakpoint[]): Promise<void> {
    this.machine?.breakpoints.restore(points);
    this.changed();
  }
  async removeBreakpoint(id: number): Promise<void> {
    this.current().breakpoints.remove(id);
    this.changed();
  }
  async enableBreakpoint(id: number, enabled: boolean): Promise<void> {
    this.current().breakpoints.enable(id, enabled);
    this.changed();
  }

  saveSnapshot(name: string): Promise<void> {
    return this.current().saveSnapshot(name);
  }
  deleteSnapshot(name: string): Promise<void> {
    return this.current().deleteSnapshot(name);
  }
  monitor(command: string): Promise<string> {
    return this.current().monitor(command);
  }
  symbolFile(): Promise<NamedBytes> {
    return this.current().symbolFile();
  }
  stateHash(): Promise<string> {
    return this.current().stateHash();
  }
  async hidden(): Promise<void> {
    await this.machine?.keepNow();
  }

  /** A page that `npm start` serves finds its bridge beside it. */
  private async findBridge(): Promise<void> {
    const found = (await this.site.json("bridge.json")) as { url?: unknown } | undefined;
    if (typeof found?.url === "string") await this.bridge.connect(found.url).catch(() => undefined);
    this.changed();
  }
  async connectBridge(url: string | undefined): Promise<void> {
    if (url === undefined) return this.findBridge();
    if (!isLoopback(url)) throw new UserError("a bridge's address begins with ws://127.0.0.1:");
    await this.bridge.connect(url);
  }
  async detachDebugger(): Promise<void> {
    this.bridge.detach();
  }
}
