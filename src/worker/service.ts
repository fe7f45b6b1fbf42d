import {
  noMachine,
  type BootSource,
  type BreakpointView,
  type DemoView,
  type FileHead,
  type InspectRequest,
  type Inspection,
  type KeptBreakpoint,
  type Listener,
  type MachineApi,
  type NamedBlob,
  type NamedBytes,
  type Notice,
  type ProgressView,
  type RecognizedImage,
  type RecordingInfo,
  type SlicedFile,
  type View,
} from "../api/index.ts";
import { messageOf } from "../base/index.ts";
import { CONSOLE_PORT } from "../machine/index.ts";
import { BridgeLink } from "./bridge-link.ts";
import { guestFiles } from "./guest.ts";
import { MissingImages } from "./missing-images.ts";
import type { OpenMachine } from "./open-machine.ts";
import type { OpenRecording } from "./open-recording.ts";
import { Opener } from "./opener.ts";
import { Openings } from "./openings.ts";
import { PausedRecording } from "./paused-recording.ts";
import { Publisher } from "./publisher.ts";
import { Recordings } from "./recordings.ts";
import { recognize } from "./recognize.ts";
import { Site } from "./site.ts";
import { Stage } from "./stage.ts";
import { Told } from "./told.ts";
import { Transfers } from "./transfers.ts";
import { PageTranslator } from "./translation.ts";

/** What fetching what can be translated anew may take. */
const translationsMs = 2000;

/** The machine side of the page: one machine at a time, the library, the bridge. */
export class MachineService implements MachineApi {
  private site = new Site(self.location.href);
  private listener: Listener | undefined;
  private publisher: Publisher | undefined;
  private progress: ProgressView | undefined;
  private readonly told = new Told(() => this.listener);
  private readonly events = {
    changed: () => this.changed(),
    historyChanged: () => this.publisher?.startAnew(),
    notice: (notice: Notice) => this.told.notice(notice),
    over: (cause: string) => this.told.over(cause),
    gdbAttached: () => this.bridge.attached,
  };
  private readonly bridge = new BridgeLink(
    () => this.machine?.target,
    () => this.changed(),
  );
  private readonly paused = new PausedRecording(this.events);
  private readonly stage = new Stage<OpenMachine, OpenRecording>({
    leaving: () => {
      this.bridge.detach();
      this.paused.end();
    },
    changed: () => this.publisher?.startAnew(),
  });
  private readonly transfers = new Transfers((progress) => this.setProgress(progress));
  private readonly recordings = new Recordings(
    () => {
      const { recording, machine } = this.stage;
      return recording && { recording, session: machine?.session };
    },
    this.events,
    this.transfers,
  );
  private readonly missing = new MissingImages();
  private readonly translator = new PageTranslator(
    () => this.site.fetch(guestFiles.translations, AbortSignal.timeout(translationsMs), () => {}),
    (why) =>
      this.events.notice({
        level: "warning",
        text: `The translator failed (${why}): code that it had not come to is interpreted, which is slower`,
      }),
    () => this.machine?.session.mode === "play" && (this.machine.session.running ? "replays" : "rests"),
  );
  private readonly openings = new Openings(() => this.setProgress(undefined));
  private readonly opener = new Opener({
    site: () => this.site,
    recordings: this.recordings,
    missing: this.missing,
    stage: this.stage,
    translator: this.translator,
    events: this.events,
    progress: (progress) => this.setProgress(progress),
  });

  async subscribe(listener: Listener, site: string): Promise<void> {
    this.site = new Site(site);
    this.listener = listener;
    const nothing = { bytes: new Uint8Array(), positions: new Float64Array() };
    this.publisher = new Publisher(
      listener,
      () => this.view(),
      (skip) => this.machine?.session.outputSince(CONSOLE_PORT, skip) ?? nothing,
    );
    this.publisher.startAnew();
    void this.findBridge();
  }

  private changed(): void {
    this.publisher?.changed();
  }

  private view(): View {
    const { machine, recording } = this.stage;
    const bridge = this.bridge.state(machine?.session.running ?? false);
    if (machine === undefined) return { ...noMachine, bridge, progress: this.progress };
    const view = machine.view();
    return {
      ...view,
      recording: recording && { id: recording.name, name: recording.name },
      history: `${recording?.created} ${machine.history}`,
      readOnly: recording?.readOnly ?? false,
      bridge,
      progress: this.progress ?? view.progress,
    };
  }

  private setProgress(progress: ProgressView | undefined): void {
    this.progress = progress;
    this.changed();
  }

  private get machine(): OpenMachine | undefined {
    return this.stage.machine;
  }
  private current(): OpenMachine {
    return this.stage.current();
  }

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
    return this.openings.take(async (signal) => {
      await this.opener.boot(source, signal);
      await this.run();
    });
  }
  openRecording(id: string): Promise<void> {
    return this.openings.take(async (signal) => {
      if (await this.opener.open(id, signal)) await this.run();
    });
  }
  openDemoRecording(): Promise<void> {
    return this.openings.take(async (signal) => {
      if (await this.opener.openDemo(signal)) await this.run();
    });
  }
  close(): Promise<void> {
    return this.openings.take(() => this.stage.clear());
  }

  demo(): Promise<DemoView> {
    return this.opener.demo();
  }
  recognize(files: readonly FileHead[]): Promise<readonly (RecognizedImage | undefined)[]> {
    return Promise.resolve(files.map(recognize));
  }

  listRecordings(): Promise<readonly RecordingInfo[]> {
    return this.recordings.list();
  }
  async renameRecording(id: string, name: string): Promise<void> {
    await this.recordings.rename(id, name);
    this.changed();
  }
  async deleteRecording(id: string): Promise<void> {
    if (this.stage.recording?.name === id) await this.close();
    await this.recordings.delete(id);
  }
  exportRecording(id: string): Promise<NamedBlob | undefined> {
    return this.recordings.export(id);
  }
  async giveImages(files: readonly NamedBytes[]): Promise<string | undefined> {
    return this.missing.give(files, await this.recordings.library());
  }
  importRecording(file: SlicedFile, images: readonly NamedBytes[]): Promise<string | undefined> {
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
    this.openings.cancel();
    this.transfers.cancel();
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
  symbolFile(): Promise<NamedBlob> {
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
    await this.bridge.find(await this.site.json("bridge.json"));
  }
  async connectBridge(url: string | undefined): Promise<void> {
    await (url === undefined ? this.findBridge() : this.bridge.connect(url));
  }
  async detachDebugger(): Promise<void> {
    this.bridge.detach();
  }
}
