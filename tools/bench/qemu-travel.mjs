// QEMU going backwards in a recording of the boot: what it can do at all.
// @ts-check
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GdbClient, timed } from "./gdb-client.mjs";
import { bootOptions, qemu, readyLine } from "./processes.mjs";

const port = 21234;
/** Nobody executes this address. */
const nowhere = "ffff0000dead0000";

/**
 * @param {{ kernel: string, initrd: string }} files
 * @param {number} position of the boot from which to go back
 * @returns {Promise<{ backMs: number, stepMs: number }>} reverse-continue with no hit, and reverse-stepi
 */
export async function qemuTravel(files, position) {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-qemu-"));
  const [disk, log] = [join(folder, "snapshots.qcow2"), join(folder, "log")];
  try {
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", disk, "1G"]);
    const options = (/** @type {string} */ rr) => [
      ...bootOptions(files, log).map((option) =>
        option.startsWith("shift=") ? `shift=0,rr=${rr},rrfile=${log},rrsnapshot=init` : option,
      ),
      ...["-drive", `file=${disk},if=none,id=snapshots`, "-monitor", "none"],
    ];
    const recording = spawn(qemu[0] ?? "", options("record"), { stdio: ["ignore", "pipe", "ignore"] });
    let seen = "";
    recording.stdout.on("data", (bytes) => {
      seen = (seen + bytes.toString("latin1")).slice(-4096);
      // It writes the log's header when it is told to end.
      if (seen.includes(readyLine)) recording.kill("SIGTERM");
    });
    await once(recording, "close");

    const replaying = spawn(qemu[0] ?? "", [...options("replay"), "-S", "-gdb", `tcp:127.0.0.1:${port}`], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    try {
      const gdb = await GdbClient.connect(port);
      await gdb.ask("qSupported:multiprocess+");
      await gdb.ask("?");
      await gdb.monitor(`replay_break ${position}`);
      await gdb.ask("c");
      const stepMs = await timed(() => gdb.ask("bs"));
      await gdb.ask(`Z1,${nowhere},4`);
      const backMs = await timed(() => gdb.ask("bc"));
      gdb.close();
      return { backMs, stepMs };
    } finally {
      replaying.kill("SIGKILL");
      await once(replaying, "close");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
