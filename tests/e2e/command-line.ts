import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { guest } from "../../tools/guest/index.mjs";
import { root } from "../../tools/support/process.mjs";

/** A child process and what it has said. */
export class Running {
  output = "";
  readonly exit: Promise<number | null>;
  private waiting: (() => void)[] = [];

  constructor(readonly process: ChildProcess) {
    const take = (bytes: Buffer): void => {
      this.output += bytes.toString("utf8");
      this.wake();
    };
    process.stdout!.on("data", take);
    process.stderr!.on("data", take);
    this.exit = once(process, "close").then(([code]) => {
      this.wake();
      return code as number | null;
    });
  }

  type(text: string): void {
    this.process.stdin!.write(text);
  }

  /** Resolves when the output from `from` on includes `text`, with the offset behind it. */
  async until(text: string, from = 0): Promise<number> {
    for (;;) {
      const at = this.output.indexOf(text, from);
      if (at >= 0) return at + text.length;
      if (this.process.exitCode !== null) throw new Error(`'${text}' did not come:\n${this.output.slice(-2000)}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  end(): void {
    this.process.kill("SIGKILL");
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** bin/hindsight-system-aarch64 with these options. */
export function hindsight(...args: string[]): Running {
  return hindsightSystem("aarch64", ...args);
}

/** bin/hindsight-system-NAME with these options. */
export function hindsightSystem(name: "aarch64" | "x86_64" | "i386", ...args: string[]): Running {
  return new Running(spawn(join(root, `bin/hindsight-system-${name}`), args, { stdio: "pipe" }));
}

/** bin/hindsight-bridge with these options. */
export function startBridge(...args: string[]): Running {
  return new Running(spawn(join(root, "bin/hindsight-bridge"), args, { stdio: "pipe" }));
}

/** The options that boot the guest. */
export function guestOptions(append = "console=ttyAMA0 nokaslr panic=-1"): string[] {
  const { kernel, initrd } = guest();
  const board = ["-M", "virt", "-cpu", "cortex-a53", "-m", "256M", "-nographic", "-no-reboot"];
  return [...board, "-kernel", kernel, "-initrd", initrd, "-append", append];
}

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

/** bin/hindsight with these arguments. */
export function hindsightCommand(...args: string[]): Running {
  return new Running(spawn(join(root, "bin/hindsight"), args, { stdio: "pipe" }));
}
