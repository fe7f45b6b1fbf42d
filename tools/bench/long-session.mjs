// A long recording in the making: the boot, a while at the prompt, then a shell that is kept busy.
// @ts-check
import { readFileSync } from "node:fs";
import { readVersion } from "../../build/src/cli/files.js";
import { machineFactory } from "../../build/src/cli/make-machine.js";
import { nodeHost } from "../../build/src/cli/scheduler.js";
import { readWhole } from "../../build/src/storage/index.js";
import { DirectoryStore } from "../../build/src/storage/directory/index.js";
import { describeImage, recordSession, SEMANTICS } from "../../build/src/timetravel/index.js";

const name = "long";
const busy = "while :; do i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; md5sum /bin/busybox; ls -lR /proc/1; done\n";
/** Of these ten minutes an hour is extrapolated. */
const idleMs = 600_000;

/** @param {{ kernel: string, initrd: string }} files @param {string} folder for the recording */
export async function longSession(files, folder) {
  const images = { kernel: readFileSync(files.kernel), initrd: readFileSync(files.initrd) };
  const configuration = {
    ...{ board: "virt", cpu: "cortex-a53", ramBytes: 2 ** 28, shift: 0, append: "console=ttyAMA0 nokaslr" },
    ...{ reboot: false, randomness: true, semantics: SEMANTICS },
  };
  const references = [
    describeImage("kernel", "Image", images.kernel),
    describeImage("initrd", "initrd.gz", images.initrd),
  ];
  const header = { configuration, images: references, created: 0, version: readVersion() };
  const store = new DirectoryStore(folder);
  const host = leapingHost();
  const machine = async () => (await machineFactory(configuration, images, true))();
  const session = await recordSession({ machine: await machine(), host, store, name, header });
  const bytes = async () => (await readWhole(store, name)).length;

  await runUntil(session, () => consoleOf(session).endsWith("~ # \x1b[6n") || consoleOf(session).endsWith("~ # "));
  const bootBytes = await bytes();
  const start = host.nowMs();
  await runUntil(session, () => host.nowMs() - start >= idleMs);
  const hourBytes = ((await bytes()) - bootBytes) * (3_600_000 / idleMs);
  session.send(0, new TextEncoder().encode(busy));
  return { session, store, name, machine, bootBytes, hourBytes };
}

/** Node's host, but that nobody waits for the guest's timers: the time until then has passed. */
function leapingHost() {
  const real = nodeHost();
  let leapt = 0;
  return {
    ...real,
    nowMs: () => real.nowMs() + leapt,
    /** @param {number} ms @param {() => void} callback */
    after(ms, callback) {
      // Whole milliseconds are asked for by the session, for itself.
      if (Number.isInteger(ms)) return real.after(ms, callback);
      return real.after(0, () => {
        leapt += ms;
        callback();
      });
    },
  };
}

/** @param {import("../../build/src/timetravel/index.js").TravelSession} session @param {() => boolean} done */
async function runUntil(session, done) {
  const listening = session.onChange(() => done() && session.interrupt());
  await session.run();
  listening.dispose();
}

/** @param {import("../../build/src/timetravel/index.js").TravelSession} session */
function consoleOf(session) {
  const { length } = session.outputUntil(0, Infinity);
  return Buffer.from(session.outputSince(0, Math.max(0, length - 16)).bytes).toString("latin1");
}
