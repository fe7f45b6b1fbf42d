import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { withFolder } from "../../tests/differential/toolchain.ts";
import { Running } from "../../tests/e2e/command-line.ts";
import { memtest } from "../guest/firmware.mjs";
import { root } from "../support/process.mjs";

const RAM_MB = 64;
/** Bit fade: it fills memory and waits for ten minutes, which a machine that counts instructions as time has to execute. */
const LEFT_OUT = 10;
/**
 * Its menus are not drawn on a serial console, but work there: 1 is F1, configuration; 1 again, selection of tests; 2, to remove one,
 * by its number; 0 is F10, done, out of both.
 */
const KEYS = ["1", "1", "2", ...String(LEFT_OUT), "\r", "0", "0"];
/** It looks for keys now and then, and has no room for two. */
const KEY_MS = 4000;

export interface MemoryTest {
  /** What ran, and where it is. */
  readonly part: string;
  readonly instructions: number;
  readonly failures: readonly string[];
}

/** One pass of memtest86+ on `pc`, recorded with translated code, then replayed by the interpreter with every hash compared. */
export function runMemoryTest(): Promise<MemoryTest[]> {
  return withFolder(async (folder) => {
    const recording = join(folder, "memtest");
    const recorded = await recordPass(recording);
    if (recorded.failures.length > 0) return [recorded];
    const failures: string[] = [];
    const verify = ["verify", recording, "-kernel", memtest(), "-accel", "tcg,translate=off"];
    await promisify(execFile)(join(root, "bin/hindsight"), verify).catch((error: { stdout: string; stderr: string }) =>
      failures.push(`${error.stdout}${error.stderr}`),
    );
    return [recorded, { part: "the same, interpreted", instructions: recorded.instructions, failures }];
  });
}

async function recordPass(recording: string): Promise<MemoryTest> {
  const running = new Running(
    spawn(
      join(root, "bin/hindsight-system-x86_64"),
      [
        ...["-m", String(RAM_MB), "-nographic", "-no-reboot", "-kernel", memtest()],
        ...["-append", "console=ttyS0,115200 nobench", "-icount", `shift=0,rr=record,rrfile=${recording}`],
      ],
      { stdio: "pipe" },
    ),
  );
  try {
    await running.until("Status: Testing");
    for (const key of KEYS) {
      running.type(key);
      await new Promise((resolve) => setTimeout(resolve, KEY_MS));
    }
    await running.until("Pass:  1");
    const end = running.output.length;
    running.type("\x01cinfo replay\nquit\n");
    await running.exit;
    const [screens, monitor] = [running.output.slice(0, end), running.output.slice(end)];
    return {
      part: `one pass with ${RAM_MB} MB, without test ${LEFT_OUT}, which waits`,
      instructions: Number(/instruction count = (\d+)/.exec(monitor)?.[1]),
      failures: mistakes(screens),
    };
  } finally {
    running.end();
  }
}

/** What its screens say that is not as it should be. */
function mistakes(screens: string): string[] {
  const counts = [...screens.matchAll(/Errors: *(\d+)/g)].map(([, count]) => count);
  const tests = [...screens.matchAll(/#(\d+) +\[/g)].map(([, number]) => Number(number));
  return [
    ...(counts.length > 0 && counts.every((count) => count === "0") ? [] : [`errors: ${counts.join(", ")}`]),
    ...(tests.includes(LEFT_OUT) ? [`test ${LEFT_OUT} ran`] : []),
  ];
}
