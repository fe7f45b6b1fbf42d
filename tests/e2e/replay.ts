import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hindsight } from "./command-line.ts";

/** What the command line shows of a recording at a position: the console's text and the state's hash. */
export async function replayOnCommandLine(
  file: Uint8Array,
  guest: { readonly kernel: string; readonly initrd: string },
  position: number,
): Promise<{ output: string; hash: string }> {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-replay-"));
  const [recording, serial] = [join(folder, "exported.hindsight"), join(folder, "console.txt")];
  writeFileSync(recording, file);
  const machine = hindsight(
    ...["-M", "virt", "-nographic", "-S", "-kernel", guest.kernel, "-initrd", guest.initrd],
    ...["-icount", `shift=0,rr=replay,rrfile=${recording}`, "-monitor", "stdio", "-serial", `file:${serial}`],
  );
  try {
    await machine.until("(qemu) ");
    machine.type(`seek ${position}\ninfo hash\nquit\n`);
    const code = await machine.exit;
    const hash = new RegExp(`^position ${position}; state hash ([0-9a-f]{32})$`, "m").exec(
      machine.output.replaceAll("(qemu) ", ""),
    )?.[1];
    if (code !== 0 || hash === undefined) throw new Error(`no hash, exit ${code}:\n${machine.output}`);
    return { output: readFileSync(serial, "utf8"), hash };
  } finally {
    machine.end();
    rmSync(folder, { recursive: true });
  }
}
