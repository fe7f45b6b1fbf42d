import { UserError } from "../../base/index.ts";
import {
  type RecordingCache,
  RecordingGone,
  type RecordingReader,
  type RecordingStore,
  type RecordingWriter,
  type StoredRecording,
} from "../store.ts";
import { deflate, inflate } from "./compression.ts";
import { type Connection, type Database, isFull, type Schema } from "./database.ts";

type Row = Required<Schema["recordings"]["value"]>;

/** Recordings' ids are above. */
const NO_RECORDING = 0;

/** Recordings in IndexedDB: every append is a row of its own, in one transaction with the file's new length. */
export class IndexedDbStore implements RecordingStore {
  constructor(private readonly database: Database) {}

  async list(): Promise<readonly StoredRecording[]> {
    const rows = await this.database.use((connection) => connection.getAll("recordings"));
    return rows.map(({ name, bytes, changed }) => ({ name, bytes, changed }));
  }

  async create(name: string): Promise<RecordingWriter> {
    const id = await this.database.use(async (connection) => {
      await refuseTaken(connection, name);
      return connection.add("recordings", { name, bytes: 0, changed: Date.now() });
    });
    return this.writer(id, 0);
  }

  async append(name: string, length: number): Promise<RecordingWriter> {
    const id = await this.database.use(async (connection) => {
      const { id } = await find(connection, name);
      const transaction = connection.transaction(["recordings", "chunks"], "readwrite");
      const cut = async (): Promise<void> => {
        const chunks = transaction.objectStore("chunks");
        await chunks.delete(IDBKeyRange.bound([id, length], [id, []]));
        const last = await chunks.openCursor(IDBKeyRange.bound([id], [id, length]), "prev");
        if (last && last.key[1] + last.value.length > length) {
          await chunks.put(last.value.slice(0, length - last.key[1]), last.key);
        }
        const recording = await transaction.objectStore("recordings").get(id);
        if (recording) await transaction.objectStore("recordings").put({ ...recording, bytes: length });
      };
      await finished(cut(), transaction.done);
      return id;
    });
    return this.writer(id, length);
  }

  async open(name: string): Promise<RecordingReader> {
    const { id } = await this.database.use((connection) => find(connection, name));
    return new RowReader(this.database, id);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.database.use(async (connection) => {
      const row = await find(connection, from);
      await refuseTaken(connection, to);
      await connection.put("recordings", { ...row, name: to });
    });
  }

  async delete(name: string): Promise<void> {
    await this.database.use(async (connection) => {
      const row = await connection.getFromIndex("recordings", "name", name);
      if (row?.id === undefined) return;
      const transaction = connection.transaction(["recordings", "chunks", "cache"], "readwrite");
      const deleted = Promise.all([
        transaction.objectStore("recordings").delete(row.id),
        transaction.objectStore("chunks").delete(range(row.id)),
        transaction.objectStore("cache").delete(range(row.id)),
      ]);
      await finished(deleted, transaction.done);
    });
  }

  cache(name: string): RecordingCache {
    return cacheOf(this.database, async (connection) => (await find(connection, name)).id);
  }

  private writer(id: number, start: number): RecordingWriter {
    let offset = start;
    const append = (bytes: Uint8Array): Promise<void> =>
      this.database.use(async (connection) => {
        const transaction = connection.transaction(["recordings", "chunks"], "readwrite");
        const recordings = transaction.objectStore("recordings");
        const write = async (): Promise<void> => {
          const row = await recordings.get(id);
          // After everything was deleted, another one may have the same id.
          if (row?.bytes !== offset) throw new RecordingGone();
          await transaction.objectStore("chunks").add(bytes.slice(), [id, offset]);
          await recordings.put({ ...row, bytes: offset + bytes.length, changed: Date.now() });
        };
        await finished(write(), transaction.done);
      });
    return {
      append: async (bytes) => {
        await append(bytes).catch(async (error: unknown) => {
          if (!isFull(error)) throw error;
          // What is being recorded comes before what can be made again.
          await this.database.use((connection) => connection.clear("cache"));
          await append(bytes);
        });
        offset += bytes.length;
      },
      close: async () => {},
    };
  }
}

/** Rows as the bytes of one file. */
class RowReader implements RecordingReader {
  /** The last row that was read in part: what was appended at once may be large. */
  private rest: { readonly offset: number; readonly bytes: Uint8Array } | undefined;

  constructor(
    private readonly database: Database,
    private readonly id: number,
  ) {}

  async size(): Promise<number> {
    return this.database.use(async (connection) => {
      const row = await connection.get("recordings", this.id);
      if (!row) throw new RecordingGone();
      return row.bytes;
    });
  }

  async read(from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const { rest } = this;
    const end = from + length;
    if (rest && from >= rest.offset && end <= rest.offset + rest.bytes.length)
      return rest.bytes.slice(from - rest.offset, end - rest.offset);
    const { start, rows } = await this.database.use((connection) => this.rows(connection, from, end));
    const known = rows.reduce((total, row) => total + row.length, start);
    const bytes = new Uint8Array(Math.max(0, Math.min(end, known) - from));
    let offset = start;
    for (const row of rows) {
      const skip = Math.max(0, from - offset);
      bytes.set(row.subarray(skip, end - offset), offset + skip - from);
      if (offset + row.length > end) this.rest = { offset, bytes: row };
      offset += row.length;
    }
    return bytes;
  }

  /** Those that hold these bytes, and where the first one begins. */
  private async rows(
    connection: Connection,
    from: number,
    end: number,
  ): Promise<{ readonly start: number; readonly rows: readonly Uint8Array[] }> {
    const transaction = connection.transaction(["recordings", "chunks"]);
    const chunks = transaction.objectStore("chunks");
    if (!(await transaction.objectStore("recordings").get(this.id))) throw new RecordingGone();
    const first = await chunks.openKeyCursor(IDBKeyRange.bound([this.id], [this.id, from]), "prev");
    if (!first || end <= from) return { start: from, rows: [] };
    const start = first.key[1];
    return { start, rows: await chunks.getAll(IDBKeyRange.bound([this.id, start], [this.id, end], false, true)) };
  }

  async close(): Promise<void> {
    this.rest = undefined;
  }
}

/** Both are listened to from the start. What ended the transaction says more than that a request was aborted with it. */
async function finished(requests: Promise<unknown>, done: Promise<void>): Promise<void> {
  const [asked, ended] = await Promise.allSettled([requests, done]);
  const failed = [ended, asked].filter((one) => one.status === "rejected").map(({ reason }) => reason as Error);
  const reason = failed.find(({ name }) => name !== "AbortError") ?? failed[0];
  if (reason) throw reason;
}

async function find(connection: Connection, name: string): Promise<Row> {
  const row = await connection.getFromIndex("recordings", "name", name);
  if (row?.id === undefined) throw new UserError(`there is no recording named '${name}'`);
  return { ...row, id: row.id };
}

async function refuseTaken(connection: Connection, name: string): Promise<void> {
  if (await connection.getFromIndex("recordings", "name", name))
    throw new UserError(`a recording named '${name}' exists`);
}

/** A cache of no recording, which goes like the others when storage is full. */
export function sharedCache(database: Database): RecordingCache {
  return cacheOf(database, () => Promise.resolve(NO_RECORDING));
}

function cacheOf(database: Database, id: (connection: Connection) => Promise<number>): RecordingCache {
  const use = <T>(action: (connection: Connection, id: number) => Promise<T>): Promise<T> =>
    database.use(async (connection) => action(connection, await id(connection)));
  return {
    keys: async () => (await use((connection, id) => connection.getAllKeys("cache", range(id)))).map(([, key]) => key),
    get: async (key) => {
      const blob = await use((connection, id) => connection.get("cache", [id, key]));
      return blob && inflate(blob);
    },
    put: async (key, bytes) => {
      const blob = await deflate(bytes);
      await use((connection, id) => connection.put("cache", blob, [id, key]));
    },
    delete: (key) => use((connection, id) => connection.delete("cache", [id, key])),
    clear: () => use((connection, id) => connection.delete("cache", range(id))),
  };
}

/** Every key that begins with `id`: arrays sort after numbers and strings. */
function range(id: number): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []]);
}
