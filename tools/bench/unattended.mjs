// One boot and shell loop that needs nobody, in this process, with or without all that makes history:
//
//   node tools/bench/unattended.mjs record|bare KERNEL INITRD
//
// Prints one line of JSON: milliseconds of running, and of this thread's processor time.
// @ts-check
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readVersion } from "../../build/src/cli/files.js";
import { machineFactory } from "../../build/src/cli/make-machine.js";
import { nodeHost } from "../../build/src/cli/scheduler.js";
import { DirectoryStore } from "../../build/src/storage/directory/index.js";
import { plainSession, recordSession, SEMANTICS } from "../../build/src/timetravel/index.js";
import { readArguments } from "../support/arguments.mjs";
import { append, unattendedLoop } from "./processes.mjs";

/** No snapshot but the first, and no hash. */
const bare = { snapshotInterval: 2 ** 50, hashInterval: 2 ** 50 };

const { positionals } = readArguments("node tools/bench/unattended.mjs record|bare KERNEL INITRD", {
  allowPositionals: true,
});
const [how, kernel = "", initrd = ""] = positionals;
/** @type {import("../../src/machine/index.ts").MachineConfiguration} */
const configuration = {
  board: "virt",
  cpu: "cortex-a53",
  ramBytes: 256 * 2 ** 20,
  shift: 0,
  append: `${append} ${unattendedLoop}`,
  reboot: false,
  randomness: true,
  semantics: SEMANTICS,
};
const images = { kernel: readFileSync(kernel), initrd: readFileSync(initrd) };
const machine = (await machineFactory(configuration, images, true))();
const folder = mkdtempSync(join(tmpdir(), "hindsight-bench-"));
try {
  const common = { machine, host: nodeHost() };
  const header = { configuration, images: [], created: 0, version: readVersion() };
  const session =
    how === "bare"
      ? plainSession({ ...common, limits: bare })
      : await recordSession({ ...common, store: new DirectoryStore(folder), name: "boot", header });
  const [start, before] = [performance.now(), process.cpuUsage()];
  await session.run();
  const [ms, { user, system }] = [performance.now() - start, process.cpuUsage(before)];
  process.stdout.write(`${JSON.stringify({ ms, cpu: (user + system) / 1000, position: session.position })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}
