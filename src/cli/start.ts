import { basename, dirname } from "node:path";
import { UserError } from "../base/index.ts";
import { createVirtMachine, type Images, type Machine, type MachineConfiguration } from "../machine/index.ts";
import { DirectoryStore } from "../storage/directory/index.ts";
import {
  checkImages,
  openSession,
  plainSession,
  readRecording,
  recordSession,
  SEMANTICS,
  type TravelLimits,
  type TravelSession,
} from "../timetravel/index.ts";
import { filesOfRecording, imageFiles, loadImages, readInterpreter, readVersion, sha256 } from "./files.ts";
import type { Options } from "./options.ts";
import { nodeHost } from "./scheduler.ts";
import { nodeTranslation } from "./translation.ts";

/** A session as the options ask for it: plain, recording, or replaying a recording. */
export async function startSession(options: Options, say: (line: string) => void): Promise<TravelSession> {
  const { rr } = options.icount;
  const session = await (rr === "replay" ? replay(options, say) : live(options));
  const { snapshot } = options.icount;
  if (snapshot === undefined || rr === undefined) return session;
  if (rr === "replay") await session.loadSnapshot(snapshot);
  else await session.saveSnapshot(snapshot);
  return session;
}

async function live(options: Options): Promise<TravelSession> {
  const { images, references } = await loadImages(imageFiles(options));
  const { icount, ramBytes, append, reboot, randomness, cpu } = options;
  const configuration: MachineConfiguration = {
    board: "virt",
    cpu,
    ramBytes,
    shift: icount.shift,
    append,
    reboot,
    randomness,
    semantics: SEMANTICS,
  };
  const machine = await makeMachine(configuration, images, options.translate);
  const common = { machine, host: nodeHost(), sleep: icount.sleep, limits: limitsOf(options) };
  if (icount.rr === undefined) return plainSession(common);
  const store = storeOf(icount.file!);
  const name = basename(icount.file!);
  // As QEMU does: recording to a file replaces it.
  await store.delete(name);
  const header = { configuration, images: references, created: Date.now(), version: readVersion() };
  return recordSession({ ...common, store, name, header });
}

async function replay(options: Options, say: (line: string) => void): Promise<TravelSession> {
  const file = options.icount.file!;
  const store = storeOf(file);
  const name = basename(file);
  const recording = readRecording(await store.read(name));
  const { header } = recording;
  const { images } = await loadImages(filesOfRecording(header, options));
  checkImages(header, images, sha256);
  const ignored = overruled(header.configuration, options);
  if (ignored.length > 0) say(`the recording was made with another ${ignored.join(", ")}: the recording's is used`);
  const machine = await makeMachine(header.configuration, images, options.translate);
  return openSession({ machine, host: nodeHost(), name, recording, store, keep: true, limits: limitsOf(options) });
}

function limitsOf({ snapshotMemory }: Options): Partial<TravelLimits> {
  return snapshotMemory === undefined ? {} : { memoryBytes: snapshotMemory };
}

/** Options that were given and say something else than the recording. */
export function overruled(recorded: MachineConfiguration, options: Options): readonly string[] {
  const { given, icount } = options;
  const different: [string, boolean][] = [
    ["-m", given.has("m") && options.ramBytes !== recorded.ramBytes],
    ["-append", given.has("append") && options.append !== recorded.append],
    ["-icount shift", icount.shiftGiven && icount.shift !== recorded.shift],
  ];
  return different.filter(([, differs]) => differs).map(([name]) => name);
}

function storeOf(file: string): DirectoryStore {
  if (basename(file) === "") throw new UserError(`'${file}' is not a file name`);
  return new DirectoryStore(dirname(file));
}

async function makeMachine(configuration: MachineConfiguration, images: Images, translate: boolean): Promise<Machine> {
  const interpreter = await readInterpreter();
  return createVirtMachine({
    configuration,
    images,
    interpreter,
    ...(translate && { translation: await nodeTranslation(interpreter) }),
  });
}
