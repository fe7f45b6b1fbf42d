import { UserError } from "../base/index.ts";
import {
  noMachine,
  type BootSource,
  type BreakpointView,
  type InspectRequest,
  type Inspection,
  type Listener,
  type MachineApi,
  type NamedBytes,
  type ProgressView,
  type RecordingInfo,
  type View,
} from "../api/index.ts";
import { checkImages, type Claim, openSession, readRecording, recordSession } from "../timetravel/index.ts";
import { Bridge, isLoopback } from "./bridge.ts";
import { PageTranslator } from "./translation.ts";
import { configurationFor, guestFiles, guestTitle, imagesFor, makeMachine } from "./guest.ts";
import { workerHost } from "./host.ts";
import { Library } from "./library.ts";
import { heldLocks, holdLock, takeName } from "./locks.ts";
import { consolePort, OpenMachine } from "./open-machine.ts";
import { Publisher } from "./publisher.ts";
import { RenamingStore } from "./renaming-store.ts";
import { Site } from "./site.ts";

const version = "0.1.0";
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
  private libraryOpening: Promise<Library> | undefined;
  private machine: OpenMachine | undefined;
  private recording: { id: string; name: string } | undefined;
  private store: RenamingStore | undefined;
  private lock: { dispose(): void } | undefined;
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
    return {
      ...view,
      recording: this.recording,
      readOnly: machine.readOnly,
      bridge,
      progress: this.progress ?? view.progress,
    };
  }

  private library(): Promise<Library> {
    this.libraryOpening ??= Library.open().catch((error: unknown) => {
      this.libraryOpening = undefined;
      throw error;
    });
    return this.libraryOpening;
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
  private async show(
    machine: OpenMachine | undefined,
    name?: string,
    store?: RenamingStore,
    lock?: { dispose(): void },
  ): Promise<void> {
    this.bridge.detach();
    const before = this.machine;
    // From here on a debugger that connects finds no machine, rather than one that goes.
    this.machine = undefined;
    try {
      await before?.dispose();
    } finally {
      this.lock?.dispose();
      this.lock = undefined;
      this.recording = undefined;
    }
    this.machine = machine;
    this.lock = lock;
    this.store = store;
    this.recording = name === undefined ? undefined : { id: name, name };
    this.publisher?.startAnew();
  }

  /** A branch is a recording of its own: other tabs must keep off it, and the page goes by its name. */
  private readonly claim = async (name: string): Promise<Claim> => {
    const lock = await holdLock(name);
    if (lock === undefined) throw new UserError(`another tab has a recording named '${name}' open`);
    return {
      moved: () => {
        this.lock?.dispose();
        this.lock = lock;
        this.store?.moveTo(name);
        this.recording = { id: name, name };
        if (this.machine) this.machine.readOnly = false;
      },
      dispose: () => lock.dispose(),
    };
  };

  private readonly events = {
    changed: () => this.changed(),
    historyChanged: () => this.publisher?.startAnew(),
    notice: (notice: Parameters<Listener["notice"]>[0]) => void this.listener?.notice(notice),
    gdbAttached: () => this.bridge.attached,
  };

  private readonly translator = new PageTranslator(
    () => this.site.fetch(guestFiles.translations, AbortSignal.timeout(translationsMs), () => {}),
    (why) =>
      this.events.notice({
        level: "warning",
        text: `The translator failed (${why}): code that it had not come to is interpreted, which is slower`,
      }),
  );

  /** Starts a motion that may last as long as the machine lives: its failure is a notice, not an answer. */
  private start(motion: Promise<unknown>): void {
    motion.catch((error: unknown) =>
      this.events.notice({ level: "error", text: error instanceof Error ? error.message : String(error) }),
    );
  }

  boot(source: BootSource): Promise<void> {
    return this.exclusively(async (signal) => {
      const library = await this.library();
      void this.translator.service().catch(() => undefined);
      const title = source.kind === "demo" ? "Demo boot" : source.kernel.name;
      const day = new Date().toLocaleString("en-GB", {
        day: "numeric",
        month: "short",
        hour: "2-digit",
        minute: "2-digit",
      });
      // Held from before its images are kept: another tab that deletes a recording knows that they are wanted.
      const { name, lock } = await takeName(library, `${title}, ${day}`);
      try {
        await this.bootAs(name, lock, source, library, signal);
      } catch (error) {
        if (this.lock !== lock) lock.dispose();
        throw error;
      }
    });
  }

  private async bootAs(
    name: string,
    lock: { dispose(): void },
    source: BootSource,
    library: Library,
    signal: AbortSignal,
  ): Promise<void> {
    const { images, references } = await imagesFor(source, this.site, library, signal, this.setProgress);
    this.setProgress({ task: "Powering on", done: 0, total: 0, unit: "bytes", cancellable: false });
    // The old machine goes first: each has a guest's memory.
    await this.show(undefined);
    const configuration = configurationFor(source);
    const machine = await makeMachine(configuration, images, this.translator.service());
    const header = { configuration: machine.configuration, images: references, created: Date.now(), version };
    const store = new RenamingStore(library.store, name);
    const session = await recordSession({ machine, host: this.host, store, name, header, claim: this.claim });
    await this.show(new OpenMachine(session, false, version, this.events), name, store, lock);
    this.start(this.machine!.run());
  }

  openRecording(id: string): Promise<void> {
    return this.exclusively((signal) => this.open(id, signal));
  }

  private async open(name: string, signal: AbortSignal): Promise<void> {
    const library = await this.library();
    this.setProgress({ task: "Opening the recording", done: 0, total: 0, unit: "bytes", cancellable: false });
    if (this.recording?.id === name) await this.show(undefined);
    // Before it is read: a tab that still records would write more, which a name appended here would cut off.
    const lock = await holdLock(name);
    try {
      await this.openLocked(name, lock, library, signal);
    } catch (error) {
      if (this.lock !== lock) lock?.dispose();
      throw error;
    }
  }

  private async openLocked(
    name: string,
    lock: { dispose(): void } | undefined,
    library: Library,
    signal: AbortSignal,
  ): Promise<void> {
    const recording = readRecording(await library.store.read(name));
    const { header } = recording;
    let images = await library.imagesOf(header);
    if (header.images.some(({ role }) => images[role] === undefined)) {
      // The recording may come from another browser with the same guest.
      images = { ...(await this.siteImages(library, signal)), ...images };
      images = Object.fromEntries(header.images.map(({ role }) => [role, images[role]]));
    }
    checkImages(header, images);
    await this.show(undefined);
    const machine = await makeMachine(header.configuration, images, this.translator.service());
    const readOnly = lock === undefined;
    const store = new RenamingStore(library.store, name);
    const session = await openSession({
      ...{ machine, host: this.host, name, recording, store, claim: this.claim },
      ...(readOnly && { readOnly: "another tab has it open" }),
    });
    await this.show(new OpenMachine(session, readOnly, version, this.events), name, store, lock);
    this.start(this.machine!.run());
  }

  private async siteImages(
    library: Library,
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<typeof imagesFor>>["images"]> {
    if (!(await this.site.has(guestFiles.kernel))) return {};
    return (await imagesFor({ kind: "demo" }, this.site, library, signal, this.setProgress)).images;
  }

  openDemoRecording(): Promise<void> {
    return this.exclusively(async (signal) => {
      const library = await this.library();
      const bytes = await this.site.fetch(guestFiles.recording, signal, (done, total) =>
        this.setProgress({ task: "Fetching the recording", done, total, unit: "bytes", cancellable: true }),
      );
      if (bytes === undefined) throw new UserError("this site has no demo recording");
      await this.open(await library.import({ name: "Demo: boot and crash", bytes }, []), signal);
    });
  }

  async close(): Promise<void> {
    await this.exclusively(() => this.show(undefined));
  }

  async demo(): Promise<{ boot: boolean; recording: boolean; title: string }> {
    const [kernel, recording, manifest] = await Promise.all([
      this.site.has(guestFiles.kernel),
      this.site.has(guestFiles.recording),
      this.site.json(guestFiles.manifest),
    ]);
    if (kernel) void this.translator.service().catch(() => undefined);
    return { boot: kernel, recording, title: guestTitle(manifest) };
  }

  async listRecordings(): Promise<readonly RecordingInfo[]> {
    const locked = new Set(await heldLocks());
    if (this.recording !== undefined && this.lock !== undefined) locked.delete(this.recording.id);
    return (await this.library()).list(locked);
  }
  async renameRecording(id: string, name: string): Promise<void> {
    if (name === id) return;
    const { store } = await this.library();
    if ((await store.list()).some((recording) => recording.name === name))
      throw new UserError(`a recording named '${name}' exists`);
    // The old name stays locked too: it is what other tabs may still show.
    const lock = await holdLock(name);
    if (lock === undefined) throw new UserError("another tab has this recording open");
    const renameOpen = this.recording?.id === id ? this.store : undefined;
    if (renameOpen === undefined || this.lock === undefined) {
      const old = await holdLock(id);
      try {
        if (old === undefined) throw new UserError("another tab has this recording open");
        await store.rename(id, name);
      } finally {
        old?.dispose();
        lock.dispose();
      }
      return;
    }
    const before = this.lock;
    await renameOpen.renameOpen(name).catch((error: unknown) => {
      lock.dispose();
      throw error;
    });
    this.recording = { id: name, name };
    this.lock = {
      dispose: () => {
        before.dispose();
        lock.dispose();
      },
    };
    this.changed();
  }
  async deleteRecording(id: string): Promise<void> {
    if (this.recording?.id === id) await this.close();
    const lock = await holdLock(id);
    if (lock === undefined) throw new UserError("another tab has this recording open");
    await (await this.library()).delete(id, await heldLocks()).finally(() => lock.dispose());
  }
  async exportRecording(id: string): Promise<NamedBytes> {
    return (await this.library()).export(id);
  }
  async importRecording(file: NamedBytes, images: readonly NamedBytes[]): Promise<string> {
    return (await this.library()).import(file, images);
  }

  async run(): Promise<void> {
    this.start(this.current().run());
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
  async returnToLive(): Promise<void> {
    this.start(this.current().returnToLive());
  }
  async cancel(): Promise<void> {
    this.fetching?.abort();
    await this.machine?.cancel();
  }
  async reset(): Promise<void> {
    this.current().session.reset();
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
  async completeSymbol(prefix: string, limit: number): Promise<readonly string[]> {
    return prefix === "" ? [] : (this.machine?.target.symbols()?.startingWith(prefix, limit) ?? []);
  }
  async addBreakpoint(kind: BreakpointView["kind"], expression: string, length: number): Promise<void> {
    this.current().breakpoints.add(kind, expression, length);
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
