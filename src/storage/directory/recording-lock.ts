import { closeSync, openSync, readFileSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename } from "node:path";
import { type Disposable, UserError } from "../../base/index.ts";
import { lockSuffix, wrongName } from "../store.ts";
import { errorCode, orUserError, unlessMissing } from "./files.ts";

/** Stale locks are removed by whoever has this file beside them, within milliseconds. */
const guardSuffix = ".stale";
const guardMs = 5000;
/** Between a lock's making and its content lie microseconds: one that stays empty was left by a process that died there. */
const emptyMs = 500;
const pollMs = 20;

/** Who holds a recording. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as far as this system tells: process ids are used again. */
  readonly started: string;
}

/** Another process writes this recording. */
export class RecordingInUse extends UserError {
  override name = "RecordingInUse";

  constructor(recording: string, { pid, host }: Pick<Holder, "pid" | "host">) {
    const where = host === hostname() ? "" : ` on ${host} (if it is gone, delete ${recording}${lockSuffix})`;
    super(`recording ${recording} is in use by process ${pid}${where}`);
  }
}

/** Locks of this process, as they stand in their files. */
const held = new Set<string>();
let made = 0;

/**
 * Holds a recording for writing, among all processes, until disposed or until this process ends. What a process that
 * was killed left behind is taken over. Rejects with a RecordingInUse when another process, or this one, holds it.
 */
export async function lockRecording(recording: string): Promise<Disposable> {
  const wrong = wrongName(basename(recording));
  if (wrong !== undefined) throw new UserError(wrong);
  const path = recording + lockSuffix;
  const me: Holder = { pid: process.pid, host: hostname(), started: (await statOf(process.pid)).started };
  const mine = `${JSON.stringify({ ...me, lock: ++made })}\n`;
  const release = (): void => {
    process.removeListener("exit", release);
    held.delete(mine);
    try {
      if (readFileSync(path, "utf8") === mine) unlinkSync(path);
    } catch {
      // It is gone already.
    }
  };
  process.on("exit", release);
  held.add(mine);
  try {
    const lock = async (): Promise<boolean> => create(path, mine);
    while (!(await orUserError(`cannot lock ${recording}`, lock()))) {
      const holder = await holderOf(path);
      if (holder) throw new RecordingInUse(recording, holder);
      await orUserError(`cannot take over ${path}`, removeStale(path));
    }
  } catch (error) {
    release();
    throw error;
  }
  return { dispose: release };
}

/**
 * False when the file is there already. In one go: a signal's exit between the file's making and its content would
 * leave a lock that its maker does not know for its own.
 */
function create(path: string, content: string): boolean {
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
  try {
    writeSync(file, content);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return true;
}

/** One process at a time removes a lock that nobody holds: a second one would remove the lock that the first one then made. */
async function removeStale(path: string): Promise<void> {
  const guard = path + guardSuffix;
  if (create(guard, "")) {
    try {
      if (!(await holderOf(path))) await rm(path, { force: true });
    } finally {
      await rm(guard, { force: true });
    }
    return;
  }
  const made = await unlessMissing(stat(guard));
  if (made && Date.now() - made.mtimeMs > guardMs) await rm(guard, { force: true });
  else await pause(pollMs);
}

/** Who holds the lock; undefined when nobody does. */
async function holderOf(path: string): Promise<Holder | undefined> {
  let text: string | undefined = "";
  for (let waited = 0; text === "" && waited < emptyMs; waited += pollMs) {
    if (waited > 0) await pause(pollMs);
    text = await orUserError(`cannot read ${path}`, unlessMissing(readFile(path, "utf8")));
  }
  if (!text) return undefined;
  const holder = parse(text);
  if (!holder) throw new UserError(`${path} is in the way: it is not a lock of Hindsight's`);
  return held.has(text) || (await livesElsewhere(holder)) ? holder : undefined;
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Holder>;
    if (!Number.isSafeInteger(pid) || typeof host !== "string" || typeof started !== "string") return undefined;
    return { pid: pid!, host, started };
  } catch {
    return undefined;
  }
}

async function livesElsewhere({ pid, host, started }: Holder): Promise<boolean> {
  // Another computer's processes cannot be asked for.
  if (host !== hostname()) return true;
  // A container's processes have the same ids each time.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
  }
  const now = await statOf(pid);
  if (now.state === "Z" || now.state === "X") return false;
  return started === "" || now.started === "" || started === now.started;
}

/** Linux's /proc/PID/stat (proc(5)): field 3, and field 22, ticks since the computer started. "" where there is none. */
async function statOf(pid: number): Promise<{ readonly state: string; readonly started: string }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", started: fields[19] ?? "" };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
