import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Running } from "./command-line.ts";

const gdbBinary = "/usr/bin/gdb-multiarch";
export const gdbExists = existsSync(gdbBinary);

/** gdb, with commands from stdin; it waits for a server that is not up yet. */
export class Gdb extends Running {
  private read = 0;
  private asked = 0;

  private constructor(port: number) {
    // A loaded computer is no packet error: gdb's own patience is 2 s.
    const patience = ["set tcp connect-timeout 120", "set remotetimeout 60"];
    const settings = ["set confirm off", "set pagination off", "set width 0", ...patience];
    const commands = [...settings, `target remote 127.0.0.1:${port}`];
    const args = ["-nx", "-q", ...commands.flatMap((command) => ["-ex", command])];
    // One pipe for both of its outputs, so that they stay in order.
    super(spawn("/bin/sh", ["-c", 'exec "$0" "$@" 2>&1', gdbBinary, ...args], { stdio: "pipe" }));
  }

  static start(port: number): Gdb {
    return new Gdb(port);
  }

  /** Resolves when gdb has connected and takes commands. */
  static async attach(port: number): Promise<Gdb> {
    const gdb = new Gdb(port);
    await gdb.ask("");
    return gdb;
  }

  /** What gdb prints for a command. */
  async ask(command: string): Promise<string> {
    const mark = `[${this.asked++}]\n`;
    this.type(`${command}\necho ${mark.replace("\n", "\\n")}\n`);
    const end = await this.until(mark, this.read);
    const answer = this.output.slice(this.read, end - mark.length).replaceAll("(gdb) ", "");
    this.read = end;
    return answer;
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.process.kill("SIGINT");
  }
}

/** What gdb prints for each command. */
export async function gdbSession(port: number, commands: readonly string[]): Promise<string[]> {
  const gdb = await Gdb.attach(port);
  try {
    const answers: string[] = [];
    for (const command of commands) answers.push(await gdb.ask(command));
    return answers;
  } finally {
    gdb.end();
  }
}
