import { spawn } from "node:child_process";
import { join } from "node:path";
import { guest } from "../guest/index.mjs";
import { root } from "../support/process.mjs";
import { marker, oracleInitramfs, type Program } from "./initramfs.mjs";

/** What each program printed, by its name. */
export type Outputs = ReadonlyMap<string, string>;

const MACHINE = ["-M", "virt", "-cpu", "cortex-a53", "-m", "1G", "-nographic", "-no-reboot", "-nic", "none"];

function boot(command: string, initrd: string, timeoutMs: number): Promise<string> {
  const append = "console=ttyAMA0 nokaslr panic=-1 quiet loglevel=0";
  const options = [...MACHINE, "-kernel", guest().kernel, "-initrd", initrd, "-append", append];
  const child = spawn(command, options, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
  child.stderr.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
  const timeout = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timeout);
      resolve(text);
    });
  });
}

/** The programs' outputs in what a machine said on its console. */
function outputsOf(text: string, programs: readonly Program[]): Outputs {
  const lines = text.replaceAll("\r", "").split("\n");
  return new Map(
    programs.map(({ name }) => {
      const [from, to] = [lines.indexOf(marker("begin", name)), lines.indexOf(marker("end", name))];
      if (from < 0 || to < 0) return [name, `did not end:\n${lines.slice(from < 0 ? -20 : from).join("\n")}`];
      return [name, lines.slice(from + 1, to).join("\n")];
    }),
  );
}

/** The programs on qemu-system-aarch64, then on our command line; the same initramfs, kernel and options. */
export async function runPrograms(
  programs: readonly Program[],
  timeoutMs: number,
): Promise<{ readonly qemu: Outputs; readonly ours: Outputs }> {
  const initrd = oracleInitramfs(programs);
  const qemu = await boot("qemu-system-aarch64", initrd, timeoutMs);
  const ours = await boot(join(root, "bin/hindsight-system-aarch64"), initrd, timeoutMs);
  return { qemu: outputsOf(qemu, programs), ours: outputsOf(ours, programs) };
}
