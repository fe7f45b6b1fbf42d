import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { withFolder } from "../../tests/differential/toolchain.ts";
import { Running } from "../../tests/e2e/command-line.ts";
import { pcGuest } from "../guest/i386.mjs";
import { guest } from "../guest/index.mjs";
import { pcKernels } from "../guest/kernels.mjs";
import { root } from "../support/process.mjs";

const PROMPT = "~ # ";
const RAM_MB = 512;

export interface KernelBoot {
  readonly name: string;
  /** Why it was not booted: it could not be had. */
  readonly missing?: string;
  /** Bytes of its log, with a replay that is equal. */
  readonly logBytes: number;
  readonly failures: readonly string[];
}

/** Debian's kernels for PCs, each to a shell, recorded, and replayed with every hash checked. */
export async function* bootPcKernels(): AsyncGenerator<KernelBoot> {
  for (const { name, architecture, ...found } of pcKernels()) {
    if ("missing" in found) {
      yield { name, missing: found.missing, logBytes: 0, failures: [] };
      continue;
    }
    const i386 = architecture === "i386";
    const initrd = i386 ? pcGuest().initrd : guest("amd64").initrd;
    const program = join(root, `bin/hindsight-system-${i386 ? "i386" : "x86_64"}`);
    yield await withFolder(async (folder) => {
      const file = join(folder, "boot");
      const failures = await boot(program, found.kernel.file, initrd, file);
      const logBytes = failures.length > 0 ? 0 : verify(file, failures);
      return { name: `${name} ${found.kernel.version}`, logBytes, failures };
    });
  }
}

async function boot(program: string, kernel: string, initrd: string, file: string): Promise<string[]> {
  const running = new Running(
    spawn(
      program,
      [
        ...["-m", String(RAM_MB), "-nographic", "-no-reboot", "-kernel", kernel, "-initrd", initrd],
        ...["-append", "console=ttyS0 nokaslr quiet panic=-1", "-icount", `shift=0,rr=record,rrfile=${file}`],
      ],
      { stdio: "pipe" },
    ),
  );
  try {
    await running.until(PROMPT);
    running.type("poweroff -f\n");
    const code = await running.exit;
    return code === 0 ? [] : [`it ended with ${code}`];
  } catch (error) {
    return [(error as Error).message];
  } finally {
    running.end();
  }
}

/** The recording's size. */
function verify(file: string, failures: string[]): number {
  try {
    execFileSync(join(root, "bin/hindsight"), ["verify", file], { stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    failures.push(String((error as { stderr?: Buffer }).stderr ?? error));
  }
  return Number(execFileSync("stat", ["-c", "%s", file]));
}
