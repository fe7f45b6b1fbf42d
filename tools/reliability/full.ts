import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecording } from "../../src/timetravel/index.ts";
import { smallProgram } from "../../tests/guests/programs/small.ts";
import { root } from "../support/process.mjs";
import { readFileSync } from "node:fs";

/** Records on a full file system (a tmpfs, so it needs root), makes room, and looks whether anything is missing. */
export async function full(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status === 0;
  if (!mounted) {
    rmSync(folder, { recursive: true });
    return "not run: no tmpfs could be mounted";
  }
  const kernelFolder = mkdtempSync(join(tmpdir(), "hindsight-"));
  try {
    const [file, kernel, filler] = [join(folder, "r"), join(kernelFolder, "k.elf"), join(folder, "filler")];
    writeFileSync(kernel, await smallProgram());
    writeFileSync(filler, new Uint8Array(48 * 1024));
    const child = spawn(
      join(root, "bin/hindsight-system-aarch64"),
      [
        ..."-M virt -m 64 -display none -serial stdio -monitor none -kernel".split(" "),
        ...[kernel, "-icount", `shift=4,rr=record,rrfile=${file}`],
      ],
      { stdio: ["pipe", "ignore", "pipe"] },
    );
    let said = "";
    child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
    const closed = once(child, "close");
    const typing = setInterval(() => child.stdin.write("x".repeat(512)), 20);
    for (let count = 0; count < 600 && !said.includes("paused"); count++) await wait(100);
    await wait(2500);
    rmSync(filler);
    await wait(3000);
    clearInterval(typing);
    child.kill("SIGTERM");
    await closed;
    const { damage, history } = readRecording(new Uint8Array(readFileSync(file)));
    const verified = spawnSync(join(root, "bin/hindsight"), ["verify", file], { encoding: "utf8" });
    const pauses = said.split("\n").filter((line) => line.includes("paused")).length;
    return [
      `paused ${pauses} time(s): ${said.split("\n").find((line) => line.includes("paused")) ?? "never"}`,
      `after room was made: ${damage ?? "not damaged"}, ended by ${history.endReason}, verify: ${verified.stdout.trim()}`,
    ].join("\n");
  } finally {
    execFileSync("umount", [folder]);
    rmSync(folder, { recursive: true });
    rmSync(kernelFolder, { recursive: true });
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
