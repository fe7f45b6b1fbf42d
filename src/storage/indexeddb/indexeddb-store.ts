import { UserError } from "../../base/index.ts";
import type { RecordingCache, RecordingStore, RecordingWriter, StoredRecording } from "../store.ts";
import { deflate, inflate } from "./compression.ts";
import { isFull, orUserError, type Database, type Schema } from "./database.ts";

type Row = Required<Schema["recordings"]["value"]>;

/** Recordings' ids are above. */
const NO_RECORDING = 0;

/** Recordings in IndexedDB: every append is a row of its own, in one transaction with the file's new length. */
export class IndexedDbStore implements RecordingStore {
  constructor(private readonly database: Database) {}

  async list(): Promise<readonly StoredRecording[]> {
    const rows = await orUserError(this.database.getAll("recordings"));
    return rows.map(({ name, bytes, changed }) => ({ name, bytes, changed }));
  }

  async create(name: string): Promise<RecordingWriter> {
    if (await this.database.getFromIndex("recordings", "name", name))
      throw new UserError(`a recording named '${name}' exists`);
    const id = await orUserError(this.database.add("recordings", { name, bytes: 0, changed: Date.now() }));
    return this.writer(id, 0);
  }

  async append(name: string, length: number): Promise<RecordingWriter> {
    const { id } = await this.row(name);
    const transaction = this.database.transaction(["recordings", "chunks"], "readwrite");
    const chunks = transaction.objectStore("chunks");
    const keys = await chunks.getAllKeys(range(id));
    for (const [, offset] of keys.filter(([, offset]) => offset >= length)) await chunks.delete([id, offset]);
    const last = keys.findLast(([, offset]) => offset < length);
    if (last) {
      const bytes = await chunks.get(last);
      if (bytes && last[1] + bytes.length > length) await chunks.put(bytes.slice(0, length - last[1]), last);
    }
    const recording = await transaction.objectStore("recordings").get(id);
    if (recording) await transaction.objectStore("recordings").put({ ...recording, bytes: length });
    await orUserError(transaction.done);
    return this.writer(id, length);
  }

  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { id } = await this.row(name);
    const chunks = await orUserError(this.database.getAll("chunks", range(id)));
    // The row's length may be older than the chunks: the recording may be growing.
    const file = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
    let offset = 0;
    for (const chunk of chunks) {
      file.set(chunk, offset);
      offset += chunk.length;
    }
    return file;
  }

  async rename(from: string, to: string): Promise<void> {
    const row = await this.row(from);
    if (await this.database.getFromIndex("recordings", "name", to))
      throw new UserError(`a recording named '${to}' exists`);
    await orUserError(this.database.put("recordings", { ...row, name: to }));
  }

  async delete(name: string): Promise<void> {
    const row = await this.database.getFromIndex("recordings", "name", name);
    if (row?.id === undefined) return;
    const transaction = this.database.transaction(["recordings", "chunks", "cache"], "readwrite");
    await transaction.objectStore("recordings").delete(row.id);
    await transaction.objectStore("chunks").delete(range(row.id));
    await transaction.objectStore("cache").delete(range(row.id));
    await orUserError(transaction.done);
  }

  cache(name: string): RecordingCache {
    return cacheOf(this.database, async () => (await this.row(name)).id);
  }

  private writer(id: number, start: number): RecordingWriter {
    let offset = start;
    const append = async (bytes: Uint8Array): Promise<void> => {
      const transaction = this.database.transaction(["recordings", "chunks"], "readwrite");
      // Listened to from the start: a failing request rejects `done` too.
      const done = orUserError(transaction.done);
      const recordings = transaction.objectStore("recordings");
      const write = async (): Promise<void> => {
        const row = await recordings.get(id);
        if (!row) throw new UserError("the recording was deleted");
        await transaction.objectStore("chunks").add(bytes.slice(), [id, offset]);
        await recordings.put({ ...row, bytes: offset + bytes.length, changed: Date.now() });
      };
      await Promise.all([orUserError(write()), done]);
    };
    return {
      append: async (bytes) => {
        await append(bytes).catch(async (error: unknown) => {
          if (!isFull(error)) throw error;
          // What is being recorded comes before what can be made again.
          await this.database.clear("cache");
          await append(bytes);
        });
        offset += bytes.length;
      },
      close: async () => {},
    };
  }

  private async row(name: string): Promise<Row> {
    const row = await orUserError(this.database.getFromIndex("recordings", "name", name));
    if (row?.id === undefined) throw new UserError(`there is no recording named '${name}'`);
    return { ...row, id: row.id };
  }
}

/** A cache of no recording, which goes like the others when storage is full. */
export function sharedCache(database: Database): RecordingCache {
  return cacheOf(database, () => Promise.resolve(NO_RECORDING));
}

function cacheOf(database: Database, id: () => Promise<number>): RecordingCache {
  return {
    keys: async () => (await database.getAllKeys("cache", range(await id()))).map(([, key]) => key),
    get: async (key) => {
      const blob = await database.get("cache", [await id(), key]);
      return blob && inflate(blob);
    },
    put: async (key, bytes) => {
      const blob = await deflate(bytes);
      await orUserError(database.put("cache", blob, [await id(), key]));
    },
    delete: async (key) => database.delete("cache", [await id(), key]),
    clear: async () => database.delete("cache", range(await id())),
  };
}

/** Every key that begins with `id`: arrays sort after numbers and strings. */
function range(id: number): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []]);
}
