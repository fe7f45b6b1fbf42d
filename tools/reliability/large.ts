import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeHost } from "../../src/cli/scheduler.ts";
import { DirectoryStore } from "../../src/storage/directory/index.ts";
import { openRecording, openSession, type TravelSession, verifyRecording } from "../../src/timetravel/index.ts";
import { recordLarge } from "../../src/timetravel/testing/large-log.ts";
import { machine } from "../../src/timetravel/testing/sessions.ts";

const name = "large";
const limits = {
  ...{ snapshotInterval: 2 ** 16, hashInterval: 2 ** 16, memoryBytes: 32 * 2 ** 20 },
  ...{ keyframeInterval: 2 ** 18, keyframeBytes: 64 * 2 ** 20 },
};

/** What a large recording took in one process. */
export interface LargeFigures {
  readonly logBytes: number;
  /** From the file's name to the first position shown: with nothing known of it, and with its index. */
  readonly coldMs: number;
  readonly indexedMs: number;
  /** Until its end was found, with nothing known of it. */
  readonly endMs: number;
  readonly seekMs: number;
  readonly branchMs: number;
  readonly verifyMs: number;
  /** More resident memory than before it was opened, at most. */
  readonly grownBytes: number;
  /** Every state was the right one. */
  readonly right: boolean;
}

/** Records a synthetic log of so many bytes, and lets another process open it, go about in it, branch from it and verify it. */
export async function large(logBytes: number): Promise<LargeFigures> {
  const folder = mkdtempSync(join(process.env["HINDSIGHT_LARGE"] ?? tmpdir(), "hindsight-"));
  try {
    await inProcess("record", folder, logBytes);
    return (await inProcess("use", folder, logBytes)) as LargeFigures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function inProcess(what: string, folder: string, logBytes: number): Promise<unknown> {
  const child = fork(import.meta.filename, [what, folder, String(logBytes)]);
  let told: unknown;
  child.on("message", (message) => (told = message));
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`'${what}' of a large log ended with ${code}`);
  return told;
}

async function record(folder: string, logBytes: number): Promise<void> {
  const session = await recordLarge(new DirectoryStore(folder), name, logBytes, limits, 2 ** 18);
  await session.saveSnapshot("end");
  await session.quit();
  await session.keep();
  await session.dispose();
}

async function use(folder: string): Promise<LargeFigures> {
  const store = new DirectoryStore(folder);
  const before = process.memoryUsage.rss();
  let grownBytes = 0;
  const watch = setInterval(() => (grownBytes = Math.max(grownBytes, process.memoryUsage.rss() - before)), 20);
  const timed = async (action: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await action();
    return Math.round(performance.now() - start);
  };
  const open = async (): Promise<TravelSession> =>
    openSession({
      ...{ machine: machine(), host: nodeHost(), limits, name, store, recording: await openRecording(store, name) },
    });
  let session!: TravelSession;
  const indexedMs = await timed(async () => (session = await open()));
  const { end } = session;
  const seekMs = await timed(() => session.seek(end));
  const hash = session.stateHash();
  await session.seek(Math.floor(end / 2));
  await session.seek(end);
  let right = session.stateHash() === hash;
  await session.dispose();

  await store.cache(name).delete("log");
  const coldMs = await timed(async () => (session = await open()));
  const endMs = coldMs + (await timed(async () => session.seek(end)));
  right &&= session.end === end && session.stateHash() === hash;
  const branchMs = await timed(() => session.branch("branch"));
  right &&= session.stateHash() === hash && session.recordingName === "branch";
  await session.dispose();
  await store.delete("branch");

  const recording = await openRecording(store, name);
  const verifyMs = await timed(async () => {
    const verdict = await verifyRecording({ recording, host: nodeHost(), machine, reference: machine });
    right &&= verdict.kind === "equal" && verdict.end === end;
  });
  await recording.close?.();
  clearInterval(watch);
  const logBytes = statSync(join(folder, name)).size;
  return { logBytes, coldMs, indexedMs, endMs, seekMs, branchMs, verifyMs, grownBytes, right };
}

const [what, folder, logBytes] = process.argv.slice(2);
if (process.send && folder !== undefined) {
  if (what === "record") await record(folder, Number(logBytes));
  else process.send(await use(folder));
}
