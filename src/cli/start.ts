import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Disposable, UserError } from "../base/index.ts";
import type { MachineConfiguration } from "../machine/index.ts";
import { DirectoryStore, lockRecording, RecordingInUse } from "../storage/directory/index.ts";
import {
  type Claim,
  openRecording,
  openSession,
  plainSession,
  recordSession,
  type TravelLimits,
  type TravelSession,
} from "../timetravel/index.ts";
import { imagesOfRecording, imagesToBoot, readVersion } from "./files.ts";
import type { OwnField } from "./draft.ts";
import { checkBoot, type Options } from "./options.ts";
import { configurationOf, machineFactory } from "./make-machine.ts";
import { nodeHost } from "./scheduler.ts";

/** A session as the options ask for it: plain, recording, or replaying a recording. */
export async function startSession(options: Options, say: (line: string) => void): Promise<TravelSession> {
  const { rr } = options.icount;
  const session = await (rr === "replay" ? replay(options, say) : live(options, say));
  const { snapshot } = options.icount;
  if (snapshot === undefined || rr === undefined) return session;
  if (rr === "replay") await session.loadSnapshot(snapshot);
  else await session.saveSnapshot(snapshot);
  return session;
}

async function live(options: Options, say: (line: string) => void): Promise<TravelSession> {
  checkBoot(options);
  const { icount } = options;
  const { images, references, ...modules } = await imagesToBoot(configurationOf(options), options);
  const configuration = { ...configurationOf(options), ...modules };
  const machine = (await machineFactory(configuration, images, options.translate))();
  const common = { machine, host: nodeHost(), sleep: icount.sleep, limits: limitsOf(options) };
  if (icount.rr === undefined) return plainSession(common);
  const file = icount.file!;
  const { store, name } = locate(file);
  const lock = await lockRecording(file);
  // QEMU replaces it. Here nothing that was recorded is lost.
  const kept = await store.setAside(name);
  if (kept !== undefined) say(`${file} was there already: it is now ${join(dirname(file), kept)}`);
  const header = { configuration, images: references, created: Date.now(), version: readVersion() };
  return recordSession({ ...common, store, name, header, claim: claimBeside(file, lock) });
}

async function replay(options: Options, say: (line: string) => void): Promise<TravelSession> {
  // Whoever goes by a link finds the lock of others, and writes to the same file.
  const file = await realpath(options.icount.file!).catch(() => options.icount.file!);
  const { store, name } = locate(file);
  // Before it is read: whoever holds it would write more, which a name appended here would cut off.
  const { lock, readOnly } = await tryLock(file, say);
  const recording = await openRecording(store, name);
  const { header } = recording;
  const images = await imagesOfRecording(header, options);
  const ignored = overruled(header.configuration, options);
  if (ignored.length > 0) say(`the recording was made with another ${ignored.join(", ")}: the recording's is used`);
  const machine = (await machineFactory(header.configuration, images, options.translate))();
  return openSession({
    ...{ machine, host: nodeHost(), name, recording, store, keep: true, limits: limitsOf(options) },
    ...(readOnly !== undefined && { readOnly }),
    claim: claimBeside(file, lock),
  });
}

/** A replay needs no lock, unless it is to store something. */
async function tryLock(
  file: string,
  say: (line: string) => void,
): Promise<{ readonly lock?: Disposable; readonly readOnly?: string }> {
  try {
    return { lock: await lockRecording(file) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error instanceof RecordingInUse)
      say(`${error.message}: it is replayed as it is now, and nothing is stored in it`);
    return { readOnly: error.message };
  }
}

/** A branch lies beside its parent, and is held instead of it from when the session has gone over to it. */
function claimBeside(parent: string, lock: Disposable | undefined): (name: string) => Promise<Claim> {
  let current = lock;
  return async (name) => {
    const next = await lockRecording(join(dirname(parent), name));
    return {
      moved: () => {
        current?.dispose();
        current = next;
      },
      dispose: () => next.dispose(),
    };
  };
}

function limitsOf({ snapshotMemory }: Options): Partial<TravelLimits> {
  return snapshotMemory === undefined ? {} : { memoryBytes: snapshotMemory };
}

/** Options that were given and say something else than the recording. */
export function overruled(recorded: MachineConfiguration, options: Options): readonly string[] {
  const { given, icount, own } = options;
  const fields = recorded as unknown as Readonly<Record<string, unknown>>;
  const differs = ([name, { value }]: [string, OwnField]): boolean =>
    JSON.stringify(value) !== JSON.stringify(Object.hasOwn(fields, name) ? fields[name] : undefined);
  // What follows from options that were not given is no wish.
  const asked = [...own].filter(([, { option }]) => option === "-M" || given.has(option.slice(1)));
  const others = new Set(asked.filter(differs).map(([, { option }]) => option));
  const different: [string, boolean][] = [
    ["-M", options.machine !== recorded.board || others.delete("-M")],
    ["-m", given.has("m") && options.ramBytes !== recorded.ramBytes],
    ["-append", given.has("append") && options.append !== recorded.append],
    ["-icount shift", icount.shiftGiven && icount.shift !== recorded.shift],
    ...Array.from(others, (option): [string, boolean] => [option, true]),
  ];
  return different.filter(([, differs]) => differs).map(([name]) => name);
}

function locate(file: string): { readonly store: DirectoryStore; readonly name: string } {
  const name = basename(file);
  if (name === "") throw new UserError(`'${file}' is not a file name`);
  return { store: new DirectoryStore(dirname(file)), name };
}
