// Records the demo: the kernel's boot, some commands at the shell, and a crash to go back from.
// @ts-check
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeHost } from "../../build/src/cli/scheduler.js";
import { readInterpreter, readVersion } from "../../build/src/cli/files.js";
import { machineFactory } from "../../build/src/cli/make-machine.js";
import { keptTranslations } from "../../build/src/cli/translation.js";
import { sourcesOf } from "../../build/src/engine/index.js";
import { boards } from "../../build/src/machine/index.js";
import { MemoryStore, readWhole } from "../../build/src/storage/index.js";
import { describeImage, recordSession } from "../../build/src/timetravel/index.js";
import { demoConfiguration } from "../../build/src/worker/demo.js";
import { Typist } from "./typist.mjs";

const commands = [
  "uname -a",
  "ls /",
  "head -5 /proc/interrupts",
  "echo hello from the past",
  // Panics the kernel.
  "echo c > /proc/sysrq-trigger",
];
/** About where the recording ends, for progress. */
const expectedEnd = 910e6;
/** A guest that has not crashed by then is another one than we know. */
const latestEnd = 3e9;

/**
 * Records the demo, and keeps what was translated meanwhile; progress is told as a share of 1 and a position. Rejects
 * when the guest does not do as expected.
 * @param {{ kernel: string, initrd: string }} files
 * @param {(share: number, position: number) => void} onProgress
 * @returns {Promise<{ bytes: Uint8Array, translations: Uint8Array, position: number }>}
 */
export async function recordDemo(files, onProgress) {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-demo-"));
  try {
    return await recordIn(folder, files, onProgress);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder @param {{ kernel: string, initrd: string }} files @param {(share: number, position: number) => void} onProgress */
async function recordIn(folder, files, onProgress) {
  const images = { kernel: readImage(files.kernel), initrd: readImage(files.initrd) };
  const machine = (await machineFactory(demoConfiguration, images, true, folder))();
  // Whoever comes after has the use of it: also what is only warm is translated.
  machine.cpu.regions.minHeat = 1;
  const store = new MemoryStore();
  const name = "demo";
  const header = {
    configuration: machine.configuration,
    images: [describeImage("kernel", "Image", images.kernel), describeImage("initrd", "initrd.gz", images.initrd)],
    created: Date.now(),
    version: readVersion(),
  };
  const session = await recordSession({ machine, host: nodeHost(), store, name, header });
  session.onChange(() => onProgress(session.position / expectedEnd, session.position));
  let typed = false;
  void typeAll(new Typist(session)).then(() => (typed = true));
  const stop = await session.run({ until: latestEnd });
  const position = session.position;
  await session.dispose();
  if (stop.kind !== "shutdown" || stop.reason !== "guest-reset" || !typed)
    throw new Error(`this guest ended with "${stop.kind}" at position ${position}, not with the crash at the shell`);
  const { guest } = boards.named(demoConfiguration.board);
  const sources = sourcesOf(await readInterpreter(guest.name));
  const translations = await keptTranslations({ folder, sources }).pack();
  return { bytes: await readWhole(store, name), translations, position };
}

/** @param {Typist} typist */
async function typeAll(typist) {
  await typist.sees(/Hindsight guest ready/);
  for (const command of commands) await typist.types(command);
}

/** @param {string} file */
function readImage(file) {
  return new Uint8Array(readFileSync(file));
}
