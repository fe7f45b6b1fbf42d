import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../tools/support/process.mjs";
import { Running } from "./command-line.ts";

const programs = { virt: "hindsight-system-aarch64", pc: "hindsight-system-x86_64" } as const;

/** What the command line shows of a recording at a position: the console's text and the state's hash. */
export async function replayOnCommandLine(
  file: Uint8Array,
  guest: { readonly kernel: string; readonly initrd: string },
  position: number,
  machine: keyof typeof programs = "virt",
): Promise<{ output: string; hash: string }> {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-replay-"));
  const [recording, serial] = [join(folder, "exported.hindsight"), join(folder, "console.txt")];
  writeFileSync(recording, file);
  const options = [
    ...["-M", machine, "-nographic", "-S", "-kernel", guest.kernel, "-initrd", guest.initrd],
    ...["-icount", `shift=0,rr=replay,rrfile=${recording}`, "-monitor", "stdio", "-serial", `file:${serial}`],
  ];
  const running = new Running(spawn(join(root, "bin", programs[machine]), options, { stdio: "pipe" }));
  try {
    await running.until("(qemu) ");
    running.type(`seek ${position}\ninfo hash\nquit\n`);
    const code = await running.exit;
    const hash = new RegExp(`^position ${position}; state hash ([0-9a-f]{32})$`, "m").exec(
      running.output.replaceAll("(qemu) ", ""),
    )?.[1];
    if (code !== 0 || hash === undefined) throw new Error(`no hash, exit ${code}:\n${running.output}`);
    return { output: readFileSync(serial, "utf8"), hash };
  } finally {
    running.end();
    rmSync(folder, { recursive: true });
  }
}
