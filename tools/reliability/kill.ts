import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecording } from "../../src/timetravel/index.ts";
import { guest } from "../guest/index.mjs";
import { root } from "../support/process.mjs";

/** What may be missing of a recording whose process was killed. */
const lossMs = 250;
const pollMs = 15;

export interface Killed {
  readonly runs: number;
  /** Opened, not damaged, and complete up to 250 ms before the kill. */
  readonly good: number;
  /** The longest time before a kill that was not in the recording, as far as the monitor's answers tell. */
  readonly longestLossMs: number;
  readonly verified: number;
}

/** Records a boot and kills the command line with SIGKILL at a random moment, again and again. */
export async function kill(runs: number, say: (line: string) => void): Promise<Killed> {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  let [good, longestLossMs, verified] = [0, 0, 0];
  try {
    for (let run = 0; run < runs; run++) {
      const file = join(folder, `${run}.hindsight`);
      const { samples, killedMs } = await recordAndKill(file, 150 + Math.random() * 3000);
      const { damage, history } = readRecording(new Uint8Array(readFileSync(file)));
      const lost = samples.filter(({ position }) => position > history.end).map(({ ms }) => killedMs - ms);
      const loss = Math.max(0, ...lost);
      longestLossMs = Math.max(longestLossMs, loss);
      if (damage === undefined && loss <= lossMs) good++;
      else say(`run ${run}: ${damage ?? `${loss.toFixed(0)} ms are missing`}`);
      if (run % 5 === 0 && (await verify(file)) === 0) verified++;
      rmSync(`${file}.cache`, { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { runs, good, longestLossMs, verified };
}

interface Sample {
  readonly ms: number;
  readonly position: number;
}

async function recordAndKill(file: string, afterMs: number): Promise<{ samples: Sample[]; killedMs: number }> {
  const { kernel, initrd } = guest();
  const child = spawn(
    join(root, "bin/hindsight-system-aarch64"),
    [
      ..."-M virt -cpu cortex-a53 -m 256 -display none -serial null -monitor stdio -no-reboot".split(" "),
      ...["-kernel", kernel, "-initrd", initrd, "-append", "console=ttyAMA0 nokaslr"],
      ...["-icount", `shift=0,rr=record,rrfile=${file}`],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const samples: Sample[] = [];
  child.stdout.on("data", (bytes: Buffer) => {
    for (const [, position] of bytes.toString().matchAll(/instruction count = (\d+)/g))
      samples.push({ ms: performance.now(), position: Number(position) });
  });
  const closed = once(child, "close");
  // Before power-on there is nothing to record.
  while (!isPoweredOn(file)) await wait(pollMs);
  const start = performance.now();
  while (performance.now() - start < afterMs) {
    child.stdin.write("info replay\n");
    await wait(pollMs);
  }
  const killedMs = performance.now();
  child.kill("SIGKILL");
  await closed;
  return { samples, killedMs };
}

function isPoweredOn(file: string): boolean {
  try {
    return readRecording(new Uint8Array(readFileSync(file))).history.poweredOn;
  } catch {
    return false;
  }
}

async function verify(file: string): Promise<number> {
  const child = spawn(join(root, "bin/hindsight"), ["verify", file], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "close")) as [number];
  return code;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
