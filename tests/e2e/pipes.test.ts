import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hindsight, hindsightCommand } from "./command-line.ts";

/** A pipe in place of a file keeps whoever opens it waiting. */
describe("a pipe", { timeout: 60_000 }, () => {
  let folder: string;
  let pipe: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-pipes-"));
    pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is no recording", async () => {
    for (const run of [
      hindsight("-M", "virt", "-nographic", "-icount", `shift=0,rr=replay,rrfile=${pipe}`),
      hindsightCommand("verify", pipe),
    ]) {
      expect(await run.exit).toBe(1);
      expect(run.output).toMatch(/pipe is not a file\n$/);
    }
  });

  it("that is to be the kernel does not keep a process from its end", async () => {
    const run = hindsight("-M", "virt", "-nographic", "-kernel", pipe);
    // When the other side has it open, too.
    const writer = await open(pipe, "w");
    let ended = false;
    void run.exit.then(() => (ended = true));
    while (!ended) {
      run.process.kill("SIGTERM");
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Before the machine's own handler is there, or by it, with QEMU's exit code.
    expect(["SIGTERM", 0]).toContain(run.process.signalCode ?? run.process.exitCode);
    await writer.close();
  });
});
