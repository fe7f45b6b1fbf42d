import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { UserError } from "../../base/index.ts";

export interface Schema extends DBSchema {
  /** One row per recording; chunks and cache refer to it by id, so that a rename is one write. */
  recordings: {
    key: number;
    value: { id?: number; name: string; bytes: number; changed: number };
    indexes: { name: string };
  };
  /** What was appended at an offset of the file. */
  chunks: { key: [recording: number, offset: number]; value: Uint8Array<ArrayBuffer> };
  cache: { key: [recording: number, key: string]; value: Uint8Array<ArrayBuffer> };
  images: { key: string; value: Uint8Array<ArrayBuffer> };
}

export type Database = IDBPDatabase<Schema>;

/** Opens the database that recordings and images share. Rejects with a UserError where the browser keeps nothing. */
export async function openDatabase(name = "hindsight"): Promise<Database> {
  return orUserError(
    openDB<Schema>(name, 1, {
      upgrade(database) {
        const recordings = database.createObjectStore("recordings", { keyPath: "id", autoIncrement: true });
        recordings.createIndex("name", "name", { unique: true });
        database.createObjectStore("chunks");
        database.createObjectStore("cache");
        database.createObjectStore("images");
      },
    }),
  );
}

const QUOTA = "QuotaExceededError";

/** Whether what `orUserError` threw says that storage is full. */
export function isFull(error: unknown): boolean {
  return error instanceof UserError && (error.cause as Error | undefined)?.name === QUOTA;
}

/** Turns the browser's refusals into lines for the user. */
export async function orUserError<T>(action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    const why: Record<string, string> = {
      [QUOTA]: "storage is full: delete recordings that you no longer need",
      InvalidStateError: "this browser window keeps no data (private browsing?)",
      SecurityError: "this browser's settings forbid keeping data",
      UnknownError: "the browser's storage failed",
    };
    const message = why[error.name];
    throw message === undefined ? error : new UserError(message, { cause: error });
  }
}
