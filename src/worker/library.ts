import { UserError } from "../base/index.ts";
import type { NamedBlob, NamedBytes, RecordingInfo, SlicedFile } from "../api/index.ts";
import {
  type ImageStore,
  MemoryImages,
  MemoryStore,
  pieces,
  readWhole,
  type RecordingStore,
  withReader,
} from "../storage/index.ts";
import { IndexedDbImages, IndexedDbStore, openDatabase } from "../storage/indexeddb/index.ts";
import { holdsNothing, type LogHeader, openRecording, readLogHeader, type Recording } from "../timetravel/index.ts";
import type { ImageRole, Images } from "../machine/index.ts";
import type { TakenName } from "./locks.ts";
import type { Transfer } from "./transfers.ts";

/** File name of a recording outside the browser. */
const extension = ".hindsight";
/** More than any header has. */
const headerBytes = 2 ** 16;
/** Of the records of one that is only listed. */
const listedBytes = 2 ** 22;
/** A recording in which nothing happened is no larger. */
const mostOfNothing = 2 ** 20;
const pieceBytes = 2 ** 20;

/** The recordings and images that this browser keeps. A recording's id is its name. */
export class Library {
  /** Lengths read from files, by name and size. */
  private readonly lengths = new Map<string, number | undefined>();

  private constructor(
    readonly store: RecordingStore,
    readonly images: ImageStore,
  ) {}

  /** Rejects with a UserError where the browser keeps nothing. `onClosed`: the browser may have deleted all of it. */
  static async open(onClosed?: () => void): Promise<Library> {
    const database = await openDatabase();
    database.onClosed = onClosed;
    const library = new Library(new IndexedDbStore(database), new IndexedDbImages(database));
    // A browser may open its storage and have no room for anything.
    const sample = new TextEncoder().encode("Is there room? ".repeat(300));
    try {
      await library.images.delete(await library.images.put(sample));
    } catch (error) {
      const full = error instanceof UserError && (await library.store.list()).length > 0;
      if (!full) throw error instanceof UserError ? new UserError("the browser gives this site no room") : error;
    }
    return library;
  }

  /** Keeps as long as the page is open. */
  static inMemory(): Library {
    return new Library(new MemoryStore(false), new MemoryImages());
  }

  async list(locked: ReadonlySet<string>): Promise<readonly RecordingInfo[]> {
    const recordings = await this.store.list();
    const infos: RecordingInfo[] = [];
    for (const { name, bytes, changed } of recordings)
      infos.push({ id: name, name, bytes, changed, length: await this.length(name, bytes), locked: locked.has(name) });
    return infos.sort((a, b) => b.changed - a.changed);
  }

  private async length(name: string, bytes: number): Promise<number | undefined> {
    const key = `${bytes} ${name}`;
    if (!this.lengths.has(key)) this.lengths.set(key, await this.readLength(name));
    return this.lengths.get(key);
  }
  private async readLength(name: string): Promise<number | undefined> {
    let recording: Recording | undefined;
    try {
      recording = await openRecording(this.store, name, { logCacheBytes: listedBytes });
      while (recording.history.growth) await recording.history.growth;
      // The next list, and whoever opens it, need not read it to its end.
      await recording.keepIndex?.();
      return recording.history.end;
    } catch {
      return undefined;
    } finally {
      await recording?.close?.();
    }
  }

  /** The browser holds the pieces: a recording may be larger than memory. */
  async export(name: string, transfer: Transfer): Promise<NamedBlob> {
    const parts: Blob[] = [];
    await withReader(this.store, name, async (reader) => {
      let done = 0;
      for await (const piece of pieces(reader)) {
        parts.push(new Blob([piece]));
        transfer.done((done += piece.length));
      }
    });
    const blob = new Blob(parts, { type: "application/octet-stream" });
    return { name: name.replaceAll(/[^\p{L}\p{N} ._-]/gu, "-") + extension, blob };
  }

  /**
   * Keeps a recording from a file, and images that come with it. A file that is here already is not kept twice.
   * `take`: a name that is free, and held until its lock is disposed.
   */
  async import(
    file: SlicedFile,
    images: readonly NamedBytes[],
    take: (wanted: string) => Promise<TakenName>,
    transfer: Transfer,
  ): Promise<string> {
    try {
      readLogHeader(await part(file, 0, headerBytes));
    } catch (error) {
      throw error instanceof UserError ? new UserError(`${file.name}: ${error.message}`) : error;
    }
    for (const image of images) await this.images.put(image.bytes);
    const wanted = file.name.endsWith(extension) ? file.name.slice(0, -extension.length) : file.name;
    for (const { name, bytes } of await this.store.list())
      if (bytes === file.size && (await this.holds(name, file))) return name;
    const { name, lock } = await take(wanted);
    try {
      await this.copy(file, name, transfer);
    } finally {
      lock.dispose();
    }
    return name;
  }

  /** Leaves nothing behind where it fails. */
  private async copy(file: SlicedFile, name: string, transfer: Transfer): Promise<void> {
    const writer = await this.store.create(name);
    try {
      // What is appended at once can only be read at once.
      for (let at = 0; at < file.size; at += pieceBytes) {
        transfer.done(at);
        await writer.append(await part(file, at, at + pieceBytes));
      }
      await writer.close();
    } catch (error) {
      await writer.close().catch(() => undefined);
      await this.store.delete(name);
      throw error;
    }
  }

  private holds(name: string, file: SlicedFile): Promise<boolean> {
    return withReader(this.store, name, async (reader) => {
      let at = 0;
      for await (const piece of pieces(reader)) {
        if (!equal(piece, await part(file, at, at + piece.length))) return false;
        at += piece.length;
      }
      return at === file.size;
    });
  }

  /** Deletes a recording in which nothing happened. The caller holds its name. Resolves to whether it is gone. */
  async deleteEmpty(name: string, held: ReadonlySet<string>): Promise<boolean> {
    const found = (await this.store.list()).find((recording) => recording.name === name);
    if (found && (found.bytes > mostOfNothing || !holdsNothing(await readWhole(this.store, name)))) return false;
    await this.delete(name, held);
    return true;
  }

  /**
   * Deletes a recording, and those of its images that no other one was made with. `held`: names that tabs hold; one that
   * has no recording yet may be about to need any image.
   */
  async delete(name: string, held: ReadonlySet<string>): Promise<void> {
    const images = await this.imageHashes(name);
    await this.store.delete(name);
    await this.dropImages(images, held, name);
  }

  /** Deletes those of these images that no recording was made with. `name`: held by the caller. */
  async dropImages(images: Set<string>, held: ReadonlySet<string>, name: string): Promise<void> {
    const others = await this.store.list();
    if ([...held].some((one) => one !== name && !others.some((other) => other.name === one))) return;
    for (const other of others) for (const sha256 of await this.imageHashes(other.name)) images.delete(sha256);
    for (const sha256 of images) await this.images.delete(sha256);
  }

  private async imageHashes(name: string): Promise<Set<string>> {
    try {
      const head = await withReader(this.store, name, (reader) => reader.read(0, headerBytes));
      return new Set(readLogHeader(head).images.map(({ sha256 }) => sha256));
    } catch {
      // Damaged: it needs none.
      return new Set();
    }
  }

  /** `name`, or with a number behind it when that is taken. */
  async freeName(name: string, held: ReadonlySet<string> = new Set()): Promise<string> {
    const taken = new Set([...held, ...(await this.store.list()).map((recording) => recording.name)]);
    for (let number = 1; ; number++) {
      const candidate = number === 1 ? name : `${name} (${number})`;
      if (!taken.has(candidate)) return candidate;
    }
  }

  /** The images that a recording was made with, as far as they are here. */
  async imagesOf(header: LogHeader): Promise<Images> {
    const found: Record<ImageRole, Uint8Array> = {};
    for (const { role, sha256 } of header.images) {
      const bytes = await this.images.get(sha256);
      if (bytes !== undefined) found[role] = bytes;
    }
    return found;
  }
}

async function part(file: SlicedFile, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.slice(start, end).arrayBuffer());
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
