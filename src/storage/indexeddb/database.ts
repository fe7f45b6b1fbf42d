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

const QUOTA = "QuotaExceededError";
const mostTries = 5;
const clearingMs = 5000;
const clearingPollMs = 50;

export type Connection = IDBPDatabase<Schema>;

/**
 * The database that recordings and images share. A browser closes it when its user clears the site's data: it is opened
 * again, and may be empty then.
 */
export class Database {
  /** The connection was closed under us: what was stored may be gone. */
  onClosed: (() => void) | undefined;
  private opening: Promise<Connection> | undefined;

  /** `open`: makes a connection, which calls back when the browser has closed it or wants it closed. */
  constructor(private readonly open: (closed: () => void) => Promise<Connection>) {}

  /**
   * Does something, which may be begun again when the connection turns out to be closed. Rejects with a UserError
   * for what the browser refuses.
   */
  async use<T>(action: (connection: Connection) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const opening = this.connect();
      const connection = await opening;
      try {
        return await action(connection);
      } catch (error) {
        if (!isClosed(error) || tries === mostTries) throw forUser(error);
        connection.close();
        this.closed(opening);
      }
    }
  }

  connect(): Promise<Connection> {
    if (this.opening) return this.opening;
    const opening = this.open(() => this.closed(opening));
    this.opening = opening;
    opening.catch(() => (this.opening = undefined));
    return opening;
  }

  private closed(connection: Promise<Connection>): void {
    if (this.opening !== connection) return;
    this.opening = undefined;
    this.onClosed?.();
  }
}

/** Rejects with a UserError where the browser keeps nothing. */
export async function openDatabase(name = "hindsight"): Promise<Database> {
  const database = new Database((closed) => connect(name, closed));
  await database.connect();
  return database;
}

async function connect(name: string, closed: () => void): Promise<Connection> {
  if ((globalThis as { readonly indexedDB?: unknown }).indexedDB === undefined)
    throw new UserError("this browser has no IndexedDB");
  try {
    return await unlessClearing(() =>
      openDB<Schema>(name, 1, {
        upgrade(database) {
          const recordings = database.createObjectStore("recordings", { keyPath: "id", autoIncrement: true });
          recordings.createIndex("name", "name", { unique: true });
          database.createObjectStore("chunks");
          database.createObjectStore("cache");
          database.createObjectStore("images");
        },
        terminated: closed,
        // Somebody deletes it, or a newer version of the page changes its form: that would wait for us.
        blocking(_current, _next, event) {
          (event.target as IDBDatabase).close();
          closed();
        },
      }),
    );
  } catch (error) {
    throw new UserError(whyNotOpened(error), { cause: error });
  }
}

/** While a browser deletes the site's data, it ends what is begun. */
async function unlessClearing<T>(action: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += clearingPollMs) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Error && error.name === "AbortError") || waited >= clearingMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, clearingPollMs));
    }
  }
}

function whyNotOpened(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  const why: Record<string, string> = {
    [QUOTA]: "the browser gives this site no room",
    InvalidStateError: "this browser window keeps no data (private browsing?)",
    SecurityError: "the browser's settings forbid this site to keep data",
    VersionError: "a newer version of this page has changed what is stored: reload the page",
  };
  return why[name] ?? `the browser's storage does not open: the disk may be full (${name}: ${message})`;
}

/** Whether what `use` threw says that storage is full. */
export function isFull(error: unknown): boolean {
  return error instanceof UserError && (error.cause as Error | undefined)?.name === QUOTA;
}

/** What requests meet on a connection that is closed, or being closed: Chromium has an UnknownError for that. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && ["InvalidStateError", "AbortError", "UnknownError"].includes(error.name);
}

/** Turns the browser's refusals into lines for the user. */
function forUser(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const why: Record<string, string> = {
    [QUOTA]: "storage is full: delete recordings that you no longer need",
    UnknownError: `the browser's storage failed: the disk may be full (${error.message})`,
  };
  const message = why[error.name];
  return message === undefined ? error : new UserError(message, { cause: error });
}
