import type { BootSource, DemoView, Notice } from "../api/index.ts";
import { UserError } from "../base/index.ts";
import {
  checkImages,
  openRecording,
  openSession,
  type Recording,
  recordSession,
  type TravelSession,
} from "../timetravel/index.ts";
import type { MachineConfiguration } from "../machine/index.ts";
import { demoConfiguration, siteGuests } from "./demo.ts";
import {
  configurationFor,
  guestFiles,
  guestOf,
  guestNames,
  guestTitle,
  imagesFor,
  makeMachine,
  type NamedImages,
  type OnProgress,
} from "./guest.ts";
import { workerHost } from "./host.ts";
import type { Library } from "./library.ts";
import { heldLocks, holdLock, takeName } from "./locks.ts";
import { type MissingImages, missingImagesCause } from "./missing-images.ts";
import { type MachineEvents, OpenMachine } from "./open-machine.ts";
import { OpenRecording } from "./open-recording.ts";
import type { Recordings } from "./recordings.ts";
import type { Site } from "./site.ts";
import type { Stage } from "./stage.ts";
import type { PageTranslator } from "./translation.ts";
import { version } from "./version.ts";

/**
 * Of snapshots in a tab's memory; what is thinned out lies in the recording's cache, or is run through again. A tab is
 * not all that a computer has to do: with the guest's RAM, the kernel and the engine it stays below 400 MB.
 */
const limits = { memoryBytes: 96 * 2 ** 20 };

const demoName = "Demo: boot and crash";

/** What machines come from and where they go. */
export interface OpenerParts {
  readonly site: () => Site;
  readonly recordings: Recordings;
  readonly missing: MissingImages;
  readonly stage: Stage<OpenMachine, OpenRecording>;
  readonly translator: PageTranslator;
  readonly events: MachineEvents;
  readonly progress: OnProgress;
}

/** Makes machines: from images, and from recordings. One at a time; who asks lets the machine run then. */
export class Opener {
  private readonly host = workerHost();

  constructor(private readonly parts: OpenerParts) {}

  async boot(source: BootSource, signal: AbortSignal): Promise<void> {
    const { recordings, stage, translator } = this.parts;
    const library = await recordings.library();
    void translator.service(guestOf(configurationFor(source))).catch(() => undefined);
    // Held from before its images are kept: another tab that deletes a recording knows that they are wanted.
    const { name, lock } = await takeName(library, nameOf(source));
    const recording = new OpenRecording(name, library.store, lock);
    await stage.unlessShown(recording, async () => {
      const named = await imagesFor(source, this.parts.site(), library, signal, this.parts.progress);
      try {
        await this.powerOn(recording, source, named);
      } catch (error) {
        const kept = new Set(named.references.map(({ sha256 }) => sha256));
        await library.dropImages(kept, await heldLocks(), recording.name).catch(() => undefined);
        throw error;
      }
    });
  }

  private async powerOn(
    recording: OpenRecording,
    source: BootSource,
    { images, references }: NamedImages,
  ): Promise<void> {
    const { host } = this;
    const { stage, translator } = this.parts;
    this.tell("Powering on");
    await stage.clear();
    const machine = await makeMachine(configurationFor(source), images, translator);
    const header = { configuration: machine.configuration, images: references, created: Date.now(), version };
    const { name, store, claim } = recording;
    recording.images = images;
    recording.created = header.created;
    const session = await recordSession({ machine, host, limits, store, name, header, claim });
    await stage.show(new OpenMachine(session, version, this.parts.events), recording);
  }

  /** Resolves to false when images are missing: the user has been asked for them. */
  async open(name: string, signal: AbortSignal): Promise<boolean> {
    const { recordings, stage } = this.parts;
    const library = await recordings.library();
    this.tell("Opening the recording");
    if (stage.recording?.name === name) await stage.clear();
    // Before it is read: a tab that still records would write more, which a name appended here would cut off.
    const recording = new OpenRecording(name, library.store, await holdLock(name));
    let opened = false;
    await stage.unlessShown(recording, async () => {
      opened = await this.openLocked(recording, library, signal);
    });
    return opened;
  }

  private async openLocked(open: OpenRecording, library: Library, signal: AbortSignal): Promise<boolean> {
    const { stage, events } = this.parts;
    const recording = await openRecording(open.store, open.name);
    let session: TravelSession | undefined;
    try {
      session = await this.openRead(recording, open, library, signal);
    } finally {
      // Else it is the session's.
      if (!session) await recording.close?.();
    }
    if (!session) return false;
    await stage.show(new OpenMachine(session, version, events), open);
    return true;
  }

  /** Undefined where images are missing, which the page is asked for. */
  private async openRead(
    recording: Recording,
    open: OpenRecording,
    library: Library,
    signal: AbortSignal,
  ): Promise<TravelSession | undefined> {
    const { host } = this;
    const { stage, missing, events, translator } = this.parts;
    const { name, store, claim, readOnly } = open;
    const { header } = recording;
    let images = await library.imagesOf(header);
    if (header.images.some(({ role }) => images[role] === undefined)) {
      // The recording may come from another browser with the same guest.
      await this.keepSiteImages(header.configuration, library, signal);
      images = await library.imagesOf(header);
    }
    const asked = missing.ask(name, header, images);
    if (asked !== undefined) {
      const notice: Notice = { level: "error", text: asked, cause: missingImagesCause };
      events.notice(notice);
      return undefined;
    }
    events.over(missingImagesCause);
    checkImages(header, images);
    await stage.clear();
    const machine = await makeMachine(header.configuration, images, translator);
    open.images = images;
    open.created = header.created;
    return openSession({
      ...{ machine, host, limits, name, recording, store, claim },
      ...(readOnly && { readOnly: "another tab has it open" }),
    });
  }

  /** Those of the site's guest for such a machine, where it has one. */
  private async keepSiteImages({ board }: MachineConfiguration, library: Library, signal: AbortSignal): Promise<void> {
    const site = this.parts.site();
    const guest = siteGuests.find(({ configuration }) => configuration.board === board);
    if (!guest || !(await site.has(guest.kernel))) return;
    await imagesFor({ kind: "demo", guest: guest.name }, site, library, signal, this.parts.progress);
  }

  async openDemo(signal: AbortSignal): Promise<boolean> {
    const { site, progress, recordings } = this.parts;
    const bytes = await site().fetch(guestFiles.recording, signal, (done, total) =>
      progress({ task: "Fetching the recording", done, total, unit: "bytes", cancellable: true }),
    );
    if (bytes === undefined) throw new UserError("this site has no demo recording");
    const id = await recordings.import(new File([bytes], demoName), []);
    return id !== undefined && this.open(id, signal);
  }

  /** What this site offers. */
  async demo(): Promise<DemoView> {
    const site = this.parts.site();
    const [, ...further] = siteGuests;
    const [boot, recording, manifest, others] = await Promise.all([
      site.has(guestFiles.kernel),
      site.has(guestFiles.recording),
      site.json(guestFiles.manifest),
      Promise.all(further.map(async ({ name, kernel }) => ((await site.has(kernel)) ? [name] : []))),
    ]);
    if (boot) void this.parts.translator.service(guestOf(demoConfiguration)).catch(() => undefined);
    return { boot, recording, title: guestTitle(manifest), others: others.flat(), kernels: guestNames() };
  }

  private tell(task: string): void {
    this.parts.progress({ task, done: 0, total: 0, unit: "bytes", cancellable: false });
  }
}

/** "Demo boot, 5 May, 14:03" */
function nameOf(source: BootSource): string {
  const title =
    source.kind === "demo" ? (source.guest ?? "Demo boot") : ((source.kernel ?? source.firmware)?.name ?? "Boot");
  const day = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const;
  return `${title}, ${new Date().toLocaleString("en-GB", day)}`;
}
