import { messageOf, UserError } from "../base/index.ts";
import type { NamedBlob, NamedBytes, Notice, RecordingInfo, SlicedFile } from "../api/index.ts";
import type { TravelSession } from "../timetravel/index.ts";
import type { StoredRecording } from "../storage/index.ts";
import { Library } from "./library.ts";
import { canLock, heldLocks, holdLock, takeName } from "./locks.ts";
import type { OpenRecording } from "./open-recording.ts";
import type { Transfers } from "./transfers.ts";
import { storageCause, type StorageEvents } from "./paused-recording.ts";

const cleared = "This site's data was deleted in the browser, and with it the recordings that were kept here";

/** What this tab has open. */
export interface Opened {
  readonly recording: OpenRecording;
  readonly session: TravelSession | undefined;
}

/** The library as one of several tabs uses it: none touches what another one has open. */
export class Recordings {
  private opening: Promise<Library> | undefined;
  /** The library had something in it. */
  private filled = false;

  constructor(
    private readonly opened: () => Opened | undefined,
    private readonly events: StorageEvents,
    private readonly transfers: Transfers,
  ) {}

  private notice(notice: Notice): void {
    this.events.notice(notice);
  }

  library(): Promise<Library> {
    this.opening ??= this.openLibrary();
    return this.opening;
  }

  private async openLibrary(): Promise<Library> {
    try {
      if (!canLock()) throw new UserError("the page is not loaded by https, nor from this computer");
      return await Library.open(() => void this.closed());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.notice({
        level: "warning",
        text:
          `Nothing can be kept here: ${error.message}. Recording and going back work until this page is closed; ` +
          "download what you want to keep",
      });
      return Library.inMemory();
    }
  }

  /** The browser has closed its storage, as it does when its user deletes the site's data, and when the disk is full. */
  private async closed(): Promise<void> {
    const library = await this.library();
    let left: readonly StoredRecording[];
    try {
      left = await library.store.list();
    } catch (error) {
      // Nobody knows what is left. What is being recorded says so itself when it cannot be stored.
      const text = `The recordings that are kept here cannot be read: ${messageOf(error)}`;
      this.notice({ level: "error", text, cause: storageCause });
      return;
    }
    try {
      const { recording, session } = this.opened() ?? {};
      const lost = recording !== undefined && !left.some(({ name }) => name === recording.name);
      if (!lost && !(this.filled && left.length === 0)) return;
      this.filled = left.length > 0;
      if (!lost || recording.readOnly || !session) return this.notice({ level: "warning", text: cleared });
      await session.storeAgain();
      for (const image of Object.values(recording.images)) await library.images.put(image as Uint8Array);
      this.filled = true;
      this.events.over(storageCause);
      this.notice({ level: "warning", text: `${cleared}. The one that is open has been stored again` });
    } catch (error) {
      const text = `${cleared}. The one that is open could not be stored again: ${messageOf(error)}`;
      const tried = this.opened()?.session?.mode === "record";
      this.notice({ level: "error", text, ...(tried && { cause: storageCause }) });
    }
  }

  async list(): Promise<readonly RecordingInfo[]> {
    const locked = new Set(await heldLocks());
    const { recording } = this.opened() ?? {};
    if (recording && !recording.readOnly) locked.delete(recording.name);
    const library = await this.library();
    const list = [];
    for (const info of await library.list(locked)) {
      const empty = info.length === 0 || info.length === undefined;
      if (!empty || info.name === recording?.name || !(await this.dropEmpty(library, info.name))) list.push(info);
    }
    this.filled = list.length > 0;
    // What is being recorded knows better whether that can be stored again.
    if (this.opened()?.session?.mode !== "record") this.events.over(storageCause);
    return list;
  }

  /** What a tab that was closed at once has left behind. Resolves to whether it is gone. */
  private async dropEmpty(library: Library, name: string): Promise<boolean> {
    const lock = await holdLock(name);
    if (lock === undefined) return false;
    try {
      return await library.deleteEmpty(name, await heldLocks());
    } finally {
      lock.dispose();
    }
  }

  async rename(from: string, to: string): Promise<void> {
    if (to === from) return;
    const { store } = await this.library();
    if ((await store.list()).some(({ name }) => name === to)) throw new UserError(`a recording named '${to}' exists`);
    const lock = await holdLock(to);
    if (lock === undefined) throw new UserError("another tab has this recording open");
    const { recording } = this.opened() ?? {};
    if (recording?.name === from && !recording.readOnly) {
      await recording.rename(to, lock).catch((error: unknown) => {
        lock.dispose();
        throw error;
      });
      return;
    }
    const old = await holdLock(from);
    try {
      if (old === undefined) throw new UserError("another tab has this recording open");
      await store.rename(from, to);
    } finally {
      old?.dispose();
      lock.dispose();
    }
  }

  /** Not what is open here. */
  async delete(id: string): Promise<void> {
    const lock = await holdLock(id);
    if (lock === undefined) throw new UserError("another tab has this recording open");
    try {
      await (await this.library()).delete(id, await heldLocks());
    } finally {
      lock.dispose();
    }
  }

  async export(id: string): Promise<NamedBlob | undefined> {
    const library = await this.library();
    const bytes = (await library.store.list()).find(({ name }) => name === id)?.bytes ?? 0;
    return this.transfers.run("Reading the recording", bytes, (transfer) => library.export(id, transfer));
  }

  /** Resolves to the recording's id. */
  async import(file: SlicedFile, images: readonly NamedBytes[]): Promise<string | undefined> {
    const library = await this.library();
    return this.transfers.run("Storing the recording", file.size, (transfer) =>
      library.import(file, images, (wanted) => takeName(library, wanted), transfer),
    );
  }
}
