import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

/** The machine stopped at power-on, its monitor on a pipe as scripts use it. */
function start(): { readonly stdin: NodeJS.WritableStream; readonly ended: Promise<string>; kill(): void } {
  const options = "-M virt -display none -serial null -monitor stdio -S".split(" ");
  const child = spawn("bin/hindsight-system-aarch64", options, { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const ended = once(child, "close").then(([code]) => `${output}exit ${code}`);
  return { stdin: child.stdin, ended, kill: () => child.kill() };
}

describe("the monitor on a pipe", { timeout: 60_000 }, () => {
  it("takes what was written before the machine was there", async () => {
    const { stdin, ended } = start();
    stdin.end("info status\nquit\n");
    expect(await ended).toMatch(/\n\(qemu\) VM status: paused \(prelaunch\)\n\(qemu\) exit 0$/);
  });

  it("does not end the machine by ending itself", async () => {
    const { stdin, ended, kill } = start();
    stdin.end();
    const early = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 4000, "alive"))]);
    expect(early).toBe("alive");
    kill();
    expect(await ended).toMatch(/exit 0$/);
  });
});
